package org.onemalloc.objectfile.elf;

import java.util.OptionalLong;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Makes a shared library take its own definitions before those of the rest of the process
 * (DF_SYMBOLIC, what a linker does under {@code -Bsymbolic}).
 *
 * <p>Two copies of one library can then be in a process: each is whole. Without it, the second
 * calls exported functions of the first, and finds data of its own there that those have never
 * seen.
 */
public final class OwnDefinitionsFirst {
  private OwnDefinitionsFirst() {}

  /**
   * Sets the flag.
   *
   * @param library a shared library
   * @return the new file, of the same size; the same bytes if the flag was set
   * @throws ObjectFileException if it has neither DT_FLAGS nor a spare dynamic entry
   */
  public static byte[] set(ElfFile library) {
    OptionalLong flags = library.dynamic().find(Elf.DT_FLAGS);
    ElfEditor editor = new ElfEditor(library);
    editor.setOrAddDynamic(Elf.DT_FLAGS, flags.orElse(0) | Elf.DF_SYMBOLIC);
    return editor.finish();
  }
}
