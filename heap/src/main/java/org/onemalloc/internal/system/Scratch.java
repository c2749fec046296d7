package org.onemalloc.internal.system;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.onemalloc.HeapError;

/**
 * A page of memory for strings and results while binding.
 *
 * <p>It is a direct buffer and not an arena, because the JDK has already loaded all classes of
 * direct buffers, and loading those of arenas takes some milliseconds.
 */
public final class Scratch {
  private static final int SIZE = 4096;
  private static final int STRINGS = 256;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
  private final long address = MemorySegment.ofBuffer(buffer).address();

  /** Writes a C string, over the previous one, and returns its address. */
  public long string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= SIZE - STRINGS) {
      throw new HeapError("The name " + text + " is too long for a path of this system.");
    }
    buffer.put(STRINGS, bytes).put(STRINGS + bytes.length, (byte) 0);
    return address + STRINGS;
  }

  /** Returns the address of eight longs for results, index 0 to 7. */
  public long results() {
    return address;
  }

  public void set(int index, long value) {
    Memory.put(address + index * 8L, value);
  }

  public long get(int index) {
    return Memory.get(address + index * 8L);
  }
}
