package org.onemalloc.objectfile.macho;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import org.onemalloc.objectfile.bytes.Cursor;
import org.onemalloc.objectfile.bytes.FileBytes;
import org.onemalloc.objectfile.bytes.Names;

/**
 * The bind opcodes of LC_DYLD_INFO: a small program that emits pairs of a place and an import.
 * {@code mach-o/loader.h} defines the opcodes, dyld's {@code BindOpcodes.cpp} implements them.
 *
 * <p>A run of binds is reported as one {@link Run}, because a few bytes can stand for any number of
 * binds.
 */
final class BindOpcodes {
  /**
   * Places that are all bound to the same import.
   *
   * @param address the first place
   * @param count the number of places, at least 1
   * @param stride the distance in bytes from one place to the next
   */
  record Run(long address, long count, long stride) {
    /**
     * Returns the first places of the run in a range, at most {@code period}: the remainders modulo
     * {@code period} repeat after that number of places.
     */
    LongStream placesIn(long start, long size, int period) {
      long before = address >= start ? 0 : Math.ceilDiv(start - address, Math.max(1, stride));
      return LongStream.range(before, Math.min(count, before + period))
          .map(i -> address + i * stride)
          .filter(place -> place >= start && place - start < size);
    }
  }

  private static final int IMMEDIATE = 0x0f;

  private final FileBytes bytes;
  private final List<MachoSegment> segments;
  private final int pointerSize;
  private final MachoImport.Table table;
  private final BiConsumer<MachoImport, Run> sink;

  private int ordinal;
  private String symbol;
  private boolean weak;
  private MachoImport current;
  private MachoSegment segment;
  private long offset;

  BindOpcodes(
      MachoHeader header,
      List<MachoSegment> segments,
      MachoImport.Table table,
      BiConsumer<MachoImport, Run> sink) {
    this.bytes = header.bytes();
    this.segments = segments;
    this.pointerSize = header.is64Bit() ? 8 : 4;
    this.table = table;
    this.sink = sink;
    this.ordinal = table == MachoImport.Table.WEAK_BIND ? MachoImport.WEAK_LOOKUP : 0;
  }

  /** Runs the opcodes of a range of the file. */
  void run(long start, long length) {
    Cursor in = new Cursor(bytes, new Names(bytes), start, length, "the bind opcodes");
    while (in.hasMore()) {
      int at = in.position();
      int opcode = in.u8();
      int immediate = opcode & IMMEDIATE;
      switch (opcode & ~IMMEDIATE) {
        case 0x00 -> {
          // BIND_OPCODE_DONE ends the table; in the lazy table it ends only the opcodes of a
          // symbol.
          if (table != MachoImport.Table.LAZY_BIND) {
            return;
          }
        }
        case 0x10 -> library(immediate);
        case 0x20 -> library((int) Math.min(in.uleb128() & Long.MAX_VALUE, Integer.MAX_VALUE));
        case 0x30 -> library(immediate == 0 ? 0 : immediate - 16);
        case 0x40 -> symbol(in.text(), immediate);
        case 0x50 -> {} // BIND_OPCODE_SET_TYPE_IMM
        case 0x60 -> in.skipLeb128(); // BIND_OPCODE_SET_ADDEND_SLEB
        case 0x70 -> {
          segment = segmentAt(immediate);
          offset = in.uleb128();
        }
        case 0x80 -> offset += in.uleb128();
        case 0x90 -> bind(1, 0);
        case 0xa0 -> {
          bind(1, 0);
          offset += in.uleb128();
        }
        case 0xb0 -> {
          bind(1, 0);
          offset += (long) immediate * pointerSize;
        }
        case 0xc0 -> bind(in.uleb128(), in.uleb128());
        case 0xd0 -> throw bytes.malformed("it has threaded binds, which only prereleases had");
        default ->
            throw bytes.malformed("unknown bind opcode 0x%x at offset 0x%x".formatted(opcode, at));
      }
    }
  }

  private void library(int newOrdinal) {
    ordinal = newOrdinal;
    current = null;
  }

  private void symbol(String name, int flags) {
    symbol = name;
    weak = (flags & 1) != 0;
    current = null;
    // BIND_SYMBOL_FLAGS_NON_WEAK_DEFINITION: this file has the strong definition; nothing is bound.
  }

  private MachoSegment segmentAt(int index) {
    if (index >= segments.size()) {
      throw bytes.malformed("it binds in segment %d of %d".formatted(index, segments.size()));
    }
    return segments.get(index);
  }

  private void bind(long count, long skip) {
    long stride = pointerSize + skip;
    long last = offset + (count - 1) * stride;
    if (symbol == null || segment == null) {
      throw bytes.malformed("it binds before it names a symbol and a place");
    }
    if (count < 1
        || skip < 0
        || offset < 0
        || (count > 1 && (stride <= 0 || count > segment.size() / stride + 1))
        || last > segment.size() - pointerSize) {
      throw bytes.malformed("it binds %s outside the segment %s".formatted(symbol, segment.name()));
    }
    if (current == null) {
      current = new MachoImport(symbol, ordinal, weak, table);
    }
    sink.accept(current, new Run(segment.address() + offset, count, stride));
    offset += count * stride;
  }
}
