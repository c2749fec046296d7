package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.Path;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/** An executable file. */
final class Program {
  private Program() {}

  /** Returns whether a loader runs it, so that LD_PRELOAD has an effect. */
  static boolean isDynamic(Path path) throws IOException {
    try {
      return ElfFile.read(path).interpreter().isPresent();
    } catch (ObjectFileException e) {
      return false;
    }
  }
}
