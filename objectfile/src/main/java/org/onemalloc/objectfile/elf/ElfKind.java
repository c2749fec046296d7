package org.onemalloc.objectfile.elf;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What one process's ELF files have in common: its loader passes over files of other kinds.
 *
 * @param is64Bit whether addresses have 8 bytes, not 4
 * @param byteOrder of its numbers
 * @param machine the processor
 */
public record ElfKind(boolean is64Bit, ByteOrder byteOrder, ElfMachine machine) {
  private static final int HEADER_START = 20;

  /**
   * Tells the kind from the start of a file, without reading the rest.
   *
   * @param start its first 20 bytes or more
   * @return empty if it is not an ELF file of a known kind
   */
  public static Optional<ElfKind> of(byte[] start) {
    if (start.length < HEADER_START
        || !ElfHeader.hasMagic(start)
        || start[4] < 1
        || start[4] > 2
        || start[5] < 1
        || start[5] > 2) {
      return Optional.empty();
    }
    boolean little = start[5] == 1;
    int machine = (start[little ? 19 : 18] & 0xff) << 8 | (start[little ? 18 : 19] & 0xff);
    return Optional.of(
        new ElfKind(
            start[4] == 2,
            little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN,
            ElfMachine.of(machine)));
  }
}
