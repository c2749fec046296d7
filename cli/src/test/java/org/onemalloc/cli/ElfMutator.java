package org.onemalloc.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages 64-bit ELF files in the places that readers use. It replaces a field of the ELF header,
 * of a program or section header, of an entry of the dynamic section, a symbol, a relocation, a
 * note or a string by another plausible value. It also overwrites entries with others, and
 * truncates files.
 */
final class ElfMutator {
  /** A table in the file; its fields are described in elf(5). */
  @SuppressWarnings("ArrayRecordComponent") // instances are constants
  private record Table(int offset, int entry, int count, int[] fields) {}

  private static final int[] HEADER = {16, -2, 18, -2, 20, -4, 24, 32, 40, 52, -2, 54, -2, 56, -2};
  private static final int[] PROGRAM_HEADER = {0, -4, 4, -4, 8, 16, 32, 40, 48};
  private static final int[] SECTION_HEADER = {0, -4, 4, -4, 8, 16, 24, 32, 40, -4, 44, -4, 48, 56};
  private static final int[] WORDS = {0, 8};
  private static final int[] SYMBOL = {0, -4, 4, -1, 5, -1, 6, -2, 8, 16};
  private static final int[] RELOCATION = {0, 8, 12, -4, 16};
  private static final int[] NOTE = {0, -4, 4, -4, 8, -4};

  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;
  private static final int PT_NOTE = 4;
  private static final int SHT_RELA = 4;
  private static final int SHT_NOTE = 7;
  private static final int SHT_DYNSYM = 11;
  private static final int SHT_STRTAB = 3;
  private static final int SHT_GNU_HASH = 0x6ffffff6;
  private static final int SHT_GNU_VERSION = 0x6fffffff;
  private static final int SHT_GNU_VERNEED = 0x6ffffffe;

  private final byte[] original;
  private final ByteBuffer bytes;
  private final Random random;
  private final List<Table> tables = new ArrayList<>();

  ElfMutator(byte[] original, Random random) {
    this.original = original;
    this.bytes = ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN);
    this.random = random;
    tables.add(new Table(0, 64, 1, HEADER));
    int headers = (int) bytes.getLong(32);
    int count = bytes.getShort(56);
    tables.add(new Table(headers, 56, count, PROGRAM_HEADER));
    for (int at = headers; at < headers + 56 * count; at += 56) {
      segment(bytes.getInt(at), (int) bytes.getLong(at + 8), (int) bytes.getLong(at + 32));
    }
    int sections = (int) bytes.getLong(40);
    int number = bytes.getShort(60);
    tables.add(new Table(sections, 64, number, SECTION_HEADER));
    for (int at = sections; at < sections + 64 * number; at += 64) {
      section(bytes.getInt(at + 4), (int) bytes.getLong(at + 24), (int) bytes.getLong(at + 32));
    }
  }

  private void segment(int type, int offset, int size) {
    switch (type) {
      case PT_DYNAMIC -> tables.add(new Table(offset, 16, size / 16, WORDS));
      case PT_NOTE -> tables.add(new Table(offset, size, 1, NOTE));
      case PT_INTERP -> tables.add(new Table(offset, 1, size, new int[] {0, -1}));
      default -> {}
    }
  }

  private void section(int type, int offset, int size) {
    switch (type) {
      case SHT_DYNSYM -> tables.add(new Table(offset, 24, size / 24, SYMBOL));
      case SHT_RELA -> tables.add(new Table(offset, 24, size / 24, RELOCATION));
      case SHT_NOTE -> tables.add(new Table(offset, size, 1, NOTE));
      case SHT_STRTAB -> tables.add(new Table(offset, 1, size, new int[] {0, -1}));
      case SHT_GNU_HASH, SHT_GNU_VERNEED ->
          tables.add(new Table(offset, 4, size / 4, new int[] {0, -4}));
      case SHT_GNU_VERSION -> tables.add(new Table(offset, 2, size / 2, new int[] {0, -2}));
      default -> {}
    }
  }

  /** Returns a copy with one to four defects. */
  byte[] next() {
    byte[] copy = original.clone();
    ByteBuffer changed = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
    for (int left = 1 + random.nextInt(4); left > 0; left--) {
      Table table = tables.get(random.nextInt(tables.size()));
      if (table.count == 0) {
        continue;
      }
      int entry = table.offset + table.entry * random.nextInt(table.count);
      switch (random.nextInt(8)) {
        case 0 -> copyEntry(changed, table, entry);
        case 1 -> Arrays.fill(copy, entry, Math.min(copy.length, entry + table.entry), (byte) 0);
        default -> field(changed, table, entry);
      }
    }
    return random.nextInt(20) == 0 ? Arrays.copyOf(copy, random.nextInt(copy.length)) : copy;
  }

  private void copyEntry(ByteBuffer changed, Table table, int to) {
    int from = table.offset + table.entry * random.nextInt(table.count);
    byte[] entry = new byte[table.entry];
    bytes.get(from, entry);
    changed.put(to, entry);
  }

  private void field(ByteBuffer changed, Table table, int entry) {
    List<int[]> fields = new ArrayList<>();
    for (int i = 0; i < table.fields.length; i++) {
      boolean sized = i + 1 < table.fields.length && table.fields[i + 1] < 0;
      fields.add(new int[] {table.fields[i], sized ? -table.fields[i + 1] : 8});
      i += sized ? 1 : 0;
    }
    int[] field = fields.get(random.nextInt(fields.size()));
    int at = entry + field[0];
    if (at + field[1] > changed.capacity()) {
      return;
    }
    switch (field[1]) {
      case 1 -> changed.put(at, (byte) value(changed.get(at)));
      case 2 -> changed.putShort(at, (short) value(changed.getShort(at)));
      case 4 -> changed.putInt(at, (int) value(changed.getInt(at)));
      default -> changed.putLong(at, value(changed.getLong(at)));
    }
  }

  /**
   * Returns a value that may make a reader fail: a limit, an overflow, a small difference, or the
   * value of another field.
   */
  private long value(long old) {
    long[] values = {
      0,
      1,
      -1,
      old + 1,
      old - 1,
      old + 8,
      old + 4096,
      old << 1,
      ~old,
      Long.MAX_VALUE,
      Integer.MAX_VALUE,
      0xFFFFFFFFL,
      Long.MIN_VALUE,
      original.length,
      original.length - 1L,
      old ^ (1L << random.nextInt(64)),
      bytes.getLong(8 * random.nextInt(original.length / 8)),
      random.nextInt(64),
      random.nextLong()
    };
    return values[random.nextInt(values.length)];
  }
}
