package org.onemalloc;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A page of memory for strings and results while binding.
 *
 * <p>A direct buffer and not an arena: at that moment the JDK has already loaded all classes for
 * the one, and would spend some ms to load those for the other.
 */
final class Scratch {
  private static final int SIZE = 4096;
  private static final int STRINGS = 256;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
  private final long address = MemorySegment.ofBuffer(buffer).address();

  /** Writes a C string over the one before and returns its address. */
  long string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= SIZE - STRINGS) {
      throw new HeapError("The name " + text + " is too long for a path of this system.");
    }
    buffer.put(STRINGS, bytes).put(STRINGS + bytes.length, (byte) 0);
    return address + STRINGS;
  }

  /** Returns the address of eight longs for results, index 0 to 7. */
  long results() {
    return address;
  }

  void set(int index, long value) {
    Memory.put(address + index * 8L, value);
  }

  long get(int index) {
    return Memory.get(address + index * 8L);
  }
}
