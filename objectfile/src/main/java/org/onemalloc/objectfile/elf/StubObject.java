package org.onemalloc.objectfile.elf;

import java.util.List;

/** Makes a shared library without code or symbols, which has only a soname and needed libraries. */
public final class StubObject {
  private StubObject() {}

  /**
   * Makes a stub.
   *
   * @param model an ELF file of the same process: machine, class, byte order, flags and OS ABI are
   *     taken from it
   * @param soname its DT_SONAME
   * @param needed its DT_NEEDED names or paths in search order
   * @return the file; the same bytes for the same arguments
   * @throws IllegalArgumentException if a name is empty or contains a zero character
   */
  public static byte[] create(ElfFile model, String soname, List<String> needed) {
    return new SmallObject(model, soname, needed, List.of(), new byte[0], false, List.of())
        .content();
  }
}
