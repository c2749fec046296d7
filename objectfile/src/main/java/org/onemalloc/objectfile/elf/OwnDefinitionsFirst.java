package org.onemalloc.objectfile.elf;

import java.util.OptionalLong;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Makes a shared library prefer its own definitions to those of the rest of the process
 * (DF_SYMBOLIC, which a linker sets under {@code -Bsymbolic}).
 *
 * <p>Two copies of one library can then coexist in a process. Without the flag, the second copy
 * calls exported functions of the first, which do not know the data of the second.
 */
public final class OwnDefinitionsFirst {
  private OwnDefinitionsFirst() {}

  /**
   * Sets the flag.
   *
   * @param library a shared library
   * @return the new file, of the same size; the same bytes if the flag was already set
   * @throws ObjectFileException if the library has neither DT_FLAGS nor a spare dynamic entry
   */
  public static byte[] set(ElfFile library) {
    OptionalLong flags = library.dynamic().find(Elf.DT_FLAGS);
    ElfEditor editor = new ElfEditor(library);
    editor.dynamic().setOrAdd(Elf.DT_FLAGS, flags.orElse(0) | Elf.DF_SYMBOLIC);
    return editor.finish();
  }
}
