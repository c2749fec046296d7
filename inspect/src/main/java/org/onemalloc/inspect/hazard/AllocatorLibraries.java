package org.onemalloc.inspect.hazard;

import java.util.List;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfFile;

/** Recognises libraries that are allocators by what they export. */
final class AllocatorLibraries {
  /** Names of each allocator's interface that nothing else defines, with the usual prefixes. */
  private static final List<String> NAMES =
      List.of(
          "mallctl",
          "je_mallctl",
          "je_malloc",
          "mi_malloc",
          "mi_version",
          "tc_malloc",
          "tc_version",
          "sn_malloc",
          "rpmalloc",
          "hoard_malloc",
          "scalable_malloc");

  private static final Pattern SONAME =
      Pattern.compile("lib(jemalloc|mimalloc|tcmalloc|snmalloc)[\\w-]*\\.so[.\\d]*");

  private AllocatorLibraries() {}

  /**
   * Returns whether this is the name of an allocator's library, as its makers or distributions name
   * it.
   */
  static boolean isNameOfAllocator(String soname) {
    return SONAME.matcher(soname).matches();
  }

  static boolean isOfAllocator(String symbol) {
    return NAMES.contains(symbol);
  }

  static boolean isAllocator(ElfFile elf) {
    return NAMES.stream().anyMatch(elf::exports) || (elf.exports("malloc") && elf.exports("free"));
  }
}
