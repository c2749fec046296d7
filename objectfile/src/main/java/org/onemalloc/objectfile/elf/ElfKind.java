package org.onemalloc.objectfile.elf;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The properties that all ELF files of one process share. The loader skips files of other kinds.
 *
 * @param is64Bit whether an address has 8 bytes, not 4
 * @param byteOrder the byte order of the numbers in the file
 * @param machine the processor
 */
public record ElfKind(boolean is64Bit, ByteOrder byteOrder, ElfMachine machine) {
  private static final int HEADER_START = 20;

  /**
   * Returns the kind of the files of this process.
   *
   * @return empty if its processor is unknown ({@link ElfMachine#ofThisProcess})
   */
  public static Optional<ElfKind> ofThisProcess() {
    return ElfMachine.ofThisProcess()
        .map(machine -> new ElfKind(true, ByteOrder.nativeOrder(), machine));
  }

  /**
   * Returns the name of the processor as messages have it.
   *
   * @return such as {@code aarch64}, or {@code x86-64 with 32-bit addresses}
   */
  public String title() {
    return machine.name() + (is64Bit ? "" : " with 32-bit addresses");
  }

  /**
   * Returns the kind of a file from its first bytes.
   *
   * @param start at least the first 20 bytes of the file
   * @return the kind; empty if the file is not an ELF file of a known kind
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
