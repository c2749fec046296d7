package org.onemalloc.objectfile.elf;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * The ELF header and the program headers (gABI chapters 4 and 5), checked so that every segment's
 * bytes lie inside the file.
 *
 * @param bytes the whole file
 * @param osAbi {@code EI_OSABI}
 * @param type {@code e_type}
 * @param machine {@code e_machine}
 * @param flags {@code e_flags}
 * @param segmentsOffset {@code e_phoff}
 * @param sectionsOffset {@code e_shoff}, 0 without section headers
 * @param segments the program headers in file order
 */
record ElfHeader(
    ElfBytes bytes,
    int osAbi,
    int type,
    ElfMachine machine,
    int flags,
    long segmentsOffset,
    long sectionsOffset,
    List<ElfSegment> segments) {

  private static final int IDENTIFICATION_SIZE = 16;

  static ElfHeader parse(byte[] content, String name) {
    if (content.length < IDENTIFICATION_SIZE || !hasMagic(content)) {
      throw new ObjectFileException(
          name + " is not an ELF file: it does not start with the bytes 7f 45 4c 46.");
    }
    ByteOrder order =
        switch (content[5]) {
          case 1 -> ByteOrder.LITTLE_ENDIAN;
          case 2 -> ByteOrder.BIG_ENDIAN;
          default -> throw unknown(name, "byte order", content[5]);
        };
    boolean is64Bit =
        switch (content[4]) {
          case 1 -> false;
          case 2 -> true;
          default -> throw unknown(name, "class", content[4]);
        };
    return parse(new ElfBytes(content, name, is64Bit, order));
  }

  static boolean hasMagic(byte[] content) {
    return content.length >= 4
        && content[0] == 0x7f
        && content[1] == 'E'
        && content[2] == 'L'
        && content[3] == 'F';
  }

  private static ObjectFileException unknown(String name, String what, int value) {
    return new ObjectFileException(
        "%s is not an ELF file of a known kind: its %s is %d, neither 1 nor 2."
            .formatted(name, what, value));
  }

  private static ElfHeader parse(ElfBytes bytes) {
    int word = bytes.wordSize();
    bytes.check(0, bytes.is64Bit() ? 64 : 52, "the ELF header");
    long segmentsOffset = bytes.word(24 + word);
    long sectionsOffset = bytes.word(24 + 2 * word);
    int flags = bytes.i32(24 + 3 * word);
    int entrySize = bytes.u16(24 + 3 * word + 6);
    int count = bytes.u16(24 + 3 * word + 8);
    if (count > 0 && entrySize != bytes.segmentHeaderSize()) {
      throw bytes.malformed("its program headers have %d bytes each".formatted(entrySize));
    }
    if (count == 0xffff) {
      throw bytes.malformed("it counts 65535 program headers");
    }
    bytes.check(segmentsOffset, (long) count * entrySize, "the program header table");
    List<ElfSegment> segments = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ElfSegment segment = ElfSegment.parse(bytes, (int) segmentsOffset + i * entrySize);
      check(bytes, i, segment);
      segments.add(segment);
    }
    return new ElfHeader(
        bytes,
        bytes.u8(7),
        bytes.u16(16),
        ElfMachine.of(bytes.u16(18)),
        flags,
        segmentsOffset,
        sectionsOffset,
        List.copyOf(segments));
  }

  private static void check(ElfBytes bytes, int index, ElfSegment segment) {
    if (segment.type() == 0) {
      return;
    }
    bytes.check(segment.offset(), segment.fileSize(), "segment %d".formatted(index));
    if (segment.isLoad()
        && (Long.compareUnsigned(segment.fileSize(), segment.memorySize()) > 0
            || Long.compareUnsigned(segment.endAddress(), segment.virtualAddress()) < 0)) {
      throw bytes.malformed("segment %d has an impossible size".formatted(index));
    }
  }

  /**
   * Returns the file offset of an address, or -1 if not all {@code length} bytes from the address
   * on are in the file.
   */
  int offsetOf(long address, long length) {
    for (ElfSegment segment : segments) {
      long distance = address - segment.virtualAddress();
      if (segment.isLoad()
          && length >= 0
          && Long.compareUnsigned(distance, segment.fileSize()) < 0
          && length <= segment.fileSize() - distance) {
        return (int) (segment.offset() + distance);
      }
    }
    return -1;
  }

  /** Returns the result of {@link #offsetOf}; an address that is not in the file is an error. */
  int requireOffset(long address, long length, String what) {
    int offset = offsetOf(address, length);
    if (offset < 0) {
      throw bytes.malformed(
          "%s at address 0x%s is not in a loaded segment's bytes"
              .formatted(what, Long.toHexString(address)));
    }
    return offset;
  }

  /**
   * Returns the number of bytes that the file has from {@code address} to the end of its segment; 0
   * if the address is in no segment.
   */
  long bytesFrom(long address) {
    for (ElfSegment segment : segments) {
      long distance = address - segment.virtualAddress();
      if (segment.isLoad() && Long.compareUnsigned(distance, segment.fileSize()) < 0) {
        return segment.fileSize() - distance;
      }
    }
    return 0;
  }
}
