package org.onemalloc.compare;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The libraries that a program may preload for what it starts, as faketime(1) does: found by what
 * is written in it, the name of the variable and absolute names of libraries.
 */
final class OwnPreloads {
  private static final String VARIABLE = "\0LD_PRELOAD\0";
  private static final Pattern LIBRARY = Pattern.compile("\0(/[^\0\\s:]*\\.so[.0-9]*)(?=\0)");

  /** A wrapper is small; a browser or a debugger, which may have the words too, is not searched. */
  private static final int LARGEST = 1 << 20;

  private OwnPreloads() {}

  /**
   * Looks into a program.
   *
   * @return names for LD_PRELOAD, which may hold the loader's tokens such as {@code $LIB}; empty if
   *     it never speaks of LD_PRELOAD
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
