package org.onemalloc.inspect;

import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfType;

/** Tells programs from libraries; both are usually ET_DYN. */
final class Programs {
  /** The gABI's extensions of GNU and Sun (elf.h): a program at no fixed address says so. */
  private static final long DT_FLAGS_1 = 0x6ffffffbL;

  private static final long DF_1_PIE = 0x08000000L;

  private Programs() {}

  /**
   * Whether it is started, not opened: it is at a fixed address or says that it is a program, or it
   * asks for a loader and has no name for others.
   */
  static boolean isProgram(ElfFile file) {
    return file.type() == ElfType.EXEC
        || saysSo(file)
        || (file.interpreter().isPresent() && file.soname().isEmpty());
  }

  /** Whether no loader binds anything in it: {@code -static}, {@code -static-pie}. */
  static boolean isStatic(ElfFile file) {
    return isProgram(file) && file.interpreter().isEmpty();
  }

  private static boolean saysSo(ElfFile file) {
    return file.type() == ElfType.DYN
        && file.dynamicEntries().stream()
            .anyMatch(entry -> entry.tag() == DT_FLAGS_1 && (entry.value() & DF_1_PIE) != 0);
  }
}
