package org.onemalloc.internal.checked;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.onemalloc.internal.system.Memory;

/**
 * Byte patterns that fill new blocks, freed blocks, and the bytes around blocks. The values 0xa5
 * and 0x5a are also those of jemalloc's opt.junk and of Spark's HeapMemoryAllocator.
 */
final class Patterns {
  static final byte NEW = (byte) 0xa5;
  static final byte FREED = 0x5a;
  static final byte GUARD = (byte) 0xc3;

  /**
   * The number of bytes that are filled at each end of a block. A block of more than twice this
   * size is not filled between its ends, so that the pages there stay untouched.
   */
  private static final long END_MAX = 512 * 1024;

  private Patterns() {}

  static void fill(long address, long size, byte value) {
    if (size <= 2 * END_MAX) {
      set(address, size, value);
    } else {
      set(address, END_MAX, value);
      set(address + size - END_MAX, END_MAX, value);
    }
  }

  private static void set(long address, long size, byte value) {
    Memory.ALL.asSlice(address, size).fill(value);
  }

  /**
   * Returns the index of the first byte of a filled range that was changed; -1 if there is none.
   */
  static long damage(long address, long size, byte value) {
    if (size <= 2 * END_MAX) {
      return first(address, 0, size, value);
    }
    long index = first(address, 0, END_MAX, value);
    return index >= 0 ? index : first(address, size - END_MAX, size, value);
  }

  private static long first(long address, long from, long to, byte value) {
    long word = (value & 0xffL) * 0x0101010101010101L;
    long i = from;
    while (i <= to - 8 && Memory.get(address + i) == word) {
      i += 8;
    }
    while (i < to && Memory.ALL.get(JAVA_BYTE, address + i) == value) {
      i++;
    }
    return i < to ? i : -1;
  }

  /** Returns the index of the last changed byte of a range that has at least one. */
  static long last(long address, long size, byte value) {
    long i = size - 1;
    while (Memory.ALL.get(JAVA_BYTE, address + i) == value) {
      i--;
    }
    return i;
  }
}
