package org.onemalloc.inspect.loader;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * A dynamic loader (PT_INTERP), and what its file tells about it.
 *
 * @param path its path as the program names it
 * @param file its content
 * @param rules the rules that it follows
 * @param directories the directories that it searches last, each with a trailing slash
 */
record Interpreter(String path, SharedFile file, Rules rules, List<String> directories) {
  /** The directories are compiled in, one after the other (elf/dl-load.c, system_dirs). */
  private static final Pattern DIRECTORIES = Pattern.compile("(?:/[!-~]{1,200}/\\x00){2,9}");

  private static final Pattern VERSION = Pattern.compile("release version \\d+\\.\\d+");
  private static final List<String> USUAL = List.of("/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/");
  private static final List<String> MUSL = List.of("/lib/", "/usr/local/lib/", "/usr/lib/");

  static Interpreter of(String path, SharedFile file) {
    ElfFile elf = file.elf();
    if (path.substring(path.lastIndexOf('/') + 1).startsWith("ld-musl-")) {
      return new Interpreter(path, file, Rules.MUSL, MUSL);
    }
    List<String> directories =
        elf.findInReadOnlyData(DIRECTORIES)
            .map(text -> Arrays.stream(text.split("\0", -1)).filter(s -> !s.isEmpty()).toList())
            .orElse(USUAL);
    Rules rules = minor(elf) >= 42 ? Rules.GLIBC : Rules.GLIBC_BEFORE_2_42;
    return new Interpreter(path, file, rules, directories);
  }

  /** Returns the minor version, 36 for glibc 2.36; an unknown version counts as new. */
  private static int minor(ElfFile elf) {
    return elf.findInReadOnlyData(VERSION)
        .map(text -> text.substring(text.indexOf('.') + 1))
        .filter(digits -> digits.length() < 6)
        .map(Integer::parseInt)
        .orElse(Integer.MAX_VALUE);
  }

  /**
   * Returns the value of {@code $LIB}: {@code lib64}, or {@code lib/x86_64-linux-gnu} on Debian.
   */
  String libraryDirectory() {
    String first = directories.getFirst();
    return first.substring(1, first.length() - 1);
  }
}
