package org.onemalloc.inspect;

import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfType;

/** Distinguishes programs from libraries; both are usually ET_DYN. */
final class Programs {
  /** An extension of the gABI by GNU and Sun (elf.h), which marks position-independent programs. */
  private static final long DT_FLAGS_1 = 0x6ffffffbL;

  private static final long DF_1_PIE = 0x08000000L;

  private Programs() {}

  /**
   * Returns whether a file is a program: it has a fixed address, or is marked as a program, or
   * names a loader and has no SONAME.
   */
  static boolean isProgram(ElfFile file) {
    return file.type() == ElfType.EXEC
        || saysSo(file)
        || (file.interpreter().isPresent() && file.soname().isEmpty());
  }

  /** Returns whether no loader binds anything in it: {@code -static}, {@code -static-pie}. */
  static boolean isStatic(ElfFile file) {
    return isProgram(file) && file.interpreter().isEmpty();
  }

  private static boolean saysSo(ElfFile file) {
    return file.type() == ElfType.DYN
        && file.dynamicEntries().stream()
            .anyMatch(entry -> entry.tag() == DT_FLAGS_1 && (entry.value() & DF_1_PIE) != 0);
  }
}
