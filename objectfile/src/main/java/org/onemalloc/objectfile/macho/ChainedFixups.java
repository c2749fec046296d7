package org.onemalloc.objectfile.macho;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.onemalloc.objectfile.bytes.FileBytes;
import org.onemalloc.objectfile.bytes.Names;

/**
 * LC_DYLD_CHAINED_FIXUPS ({@code mach-o/fixup-chains.h}): a table of imports, and for each segment
 * the format in which its pointers refer to an import.
 */
final class ChainedFixups {
  private final FileBytes bytes;
  private final int start;
  private final List<MachoSegment> segments;

  ChainedFixups(MachoHeader header, MachoHeader.Command command, List<MachoSegment> segments) {
    this.bytes = header.bytes();
    this.segments = segments;
    long size = header.field(command, 12);
    this.start = bytes.check(header.field(command, 8), size, "the chained fixups");
  }

  /** Returns the imports by their index. */
  List<MachoImport> imports() {
    long imports = start + bytes.u32(start + 8);
    long symbols = start + bytes.u32(start + 12);
    long count = bytes.u32(start + 16);
    long format = bytes.u32(start + 20);
    if (bytes.u32(start + 24) != 0) {
      throw bytes.malformed("the names of its chained fixups are compressed");
    }
    int entrySize =
        switch ((int) format) {
          case 1 -> 4;
          case 2 -> 8;
          case 3 -> 16;
          default -> throw bytes.malformed("its chained imports have format " + format);
        };
    bytes.check(imports, count * entrySize, "the chained imports");
    Names names = new Names(bytes);
    List<MachoImport> read = new ArrayList<>((int) count);
    for (int i = 0; i < count; i++) {
      read.add(entry(imports + (long) i * entrySize, symbols, format == 3, names));
    }
    return read;
  }

  private MachoImport entry(long at, long symbols, boolean wide, Names names) {
    long word = bytes.word(at, wide);
    int ordinal = wide ? (short) word : (byte) word;
    boolean weak = (word >>> (wide ? 16 : 8) & 1) != 0;
    long name = wide ? word >>> 32 : word >>> 9;
    // The highest numbers are special, negative ordinals; the others are unsigned (dyld's
    // MachOFile).
    int library = ordinal > -16 ? ordinal : wide ? ordinal & 0xffff : ordinal & 0xff;
    return new MachoImport(names.at(symbols + name), library, weak, MachoImport.Table.CHAINED);
  }

  /** Returns the index of the import to which the pointer at an address is bound, if any. */
  OptionalInt importAt(long address) {
    long table = start + bytes.u32(start + 4);
    long count = Math.min(bytes.u32(table), segments.size());
    for (int i = 0; i < count; i++) {
      MachoSegment segment = segments.get(i);
      long distance = address - segment.address();
      long info = bytes.u32(table + 4 + 4L * i);
      if (info != 0 && distance >= 0 && distance < segment.fileSize()) {
        return decode(bytes.u16(table + info + 6), segment.offset() + distance);
      }
    }
    return OptionalInt.empty();
  }

  /** Decodes a pointer by the number of its format, DYLD_CHAINED_PTR_…. */
  private OptionalInt decode(int format, long offset) {
    boolean narrow = format == 3 || format == 4 || format == 5;
    long pointer = bytes.word(offset, !narrow);
    return switch (format) {
      // ARM64E and its userland form; the userland24 form has wider ordinals.
      case 1, 9 -> bit(pointer, 62) ? OptionalInt.of((int) (pointer & 0xffff)) : none();
      case 12 -> bit(pointer, 62) ? OptionalInt.of((int) (pointer & 0xffffff)) : none();
      // 64 and 64_OFFSET.
      case 2, 6 -> bit(pointer, 63) ? OptionalInt.of((int) (pointer & 0xffffff)) : none();
      // 32.
      case 3 -> bit(pointer, 31) ? OptionalInt.of((int) (pointer & 0xfffff)) : none();
      default -> none();
    };
  }

  private static boolean bit(long value, int index) {
    return (value >>> index & 1) != 0;
  }

  private static OptionalInt none() {
    return OptionalInt.empty();
  }
}
