package org.onemalloc.netty;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Access to memory by address. One segment over the whole address space, in a static final field,
 * is as fast as Unsafe, because the JIT knows the bounds and the (global) scope of the segment.
 */
final class AllMemory {
  private static final MemorySegment ALL = everything();
  private static final ValueLayout.OfShort SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** The largest number of bytes of one copy; a safepoint waits until the copy is done. */
  private static final int PIECE = 256 * 1024;

  private AllMemory() {}

  @SuppressWarnings("restricted")
  private static MemorySegment everything() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  static byte getByte(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  static short getShort(long address) {
    return ALL.get(SHORT, address);
  }

  static int getInt(long address) {
    return ALL.get(INT, address);
  }

  static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  static void putByte(long address, byte value) {
    ALL.set(JAVA_BYTE, address, value);
  }

  static void putShort(long address, short value) {
    ALL.set(SHORT, address, value);
  }

  static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  static void copy(long from, long to, int length) {
    if (from < to && to < from + length) {
      // The ranges overlap: a copy in pieces would overwrite bytes before they are copied.
      MemorySegment.copy(ALL, from, ALL, to, length);
      return;
    }
    for (int done = 0; done < length; done += PIECE) {
      MemorySegment.copy(ALL, from + done, ALL, to + done, Math.min(PIECE, length - done));
    }
  }

  static void copy(long from, byte[] to, int index, int length) {
    MemorySegment.copy(ALL, JAVA_BYTE, from, to, index, length);
  }

  static void copy(byte[] from, int index, long to, int length) {
    MemorySegment.copy(from, index, ALL, JAVA_BYTE, to, length);
  }

  /** Returns a big-endian view, which is valid as long as the memory is. */
  static ByteBuffer buffer(long address, int length) {
    return ALL.asSlice(address, length).asByteBuffer();
  }
}
