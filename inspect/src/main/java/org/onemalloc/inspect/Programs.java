package org.onemalloc.inspect;

import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfType;

/** Tells programs from libraries, which look alike since both are ET_DYN. */
final class Programs {
  private Programs() {}

  /** Whether it is started, not opened: it asks for a loader, and has no name for others. */
  static boolean isProgram(ElfFile file) {
    return file.type() == ElfType.EXEC
        || (file.interpreter().isPresent() && file.soname().isEmpty());
  }
}
