package org.onemalloc.compare;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Finds the libraries that a program may preload into the programs that it starts, as faketime(1)
 * does. The search looks for strings in the file: the name of the variable and absolute paths of
 * libraries.
 */
final class OwnPreloads {
  private static final String VARIABLE = "\0LD_PRELOAD\0";
  private static final Pattern LIBRARY = Pattern.compile("\0(/[^\0\\s:]*\\.so[.0-9]*)(?=\0)");

  /**
   * The size of the largest file that is searched, in bytes. A wrapper is small, whereas a browser
   * or a debugger may contain the same strings for other reasons.
   */
  private static final int LARGEST = 1 << 20;

  private OwnPreloads() {}

  /**
   * Returns the libraries that a program may preload.
   *
   * @return names for LD_PRELOAD, which may contain tokens of the loader such as {@code $LIB};
   *     empty if the program does not contain the string LD_PRELOAD
   */
  static List<String> of(ElfFile program) {
    byte[] bytes = program.bytes();
    if (bytes.length > LARGEST) {
      return List.of();
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (!text.contains(VARIABLE)) {
      return List.of();
    }
    List<String> libraries = new ArrayList<>();
    Matcher found = LIBRARY.matcher(text);
    while (found.find()) {
      String name = found.group(1);
      if (!program.interpreter().filter(name::equals).isPresent()) {
        libraries.add(name);
      }
    }
    return libraries;
  }
}
