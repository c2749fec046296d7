package org.onemalloc.inspect.hazard;

import java.util.List;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfFile;

/** Which libraries are allocators, made to be used as such, by what they export. */
final class AllocatorLibraries {
  /** One name of each allocator's interface that nothing else defines, with the usual prefixes. */
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

  /** Whether an allocator's own library has this name, as distributions and its makers give it. */
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
