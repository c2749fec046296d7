package org.onemalloc.internal.system;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.onemalloc.HeapError;

/**
 * A page of memory for the strings and results of C calls while the heap is bound to an allocator.
 *
 * <p>It is a direct buffer and not an arena, because the JDK has already loaded the classes of
 * direct buffers, while it takes some milliseconds to load the classes of arenas.
 */
public final class Scratch {
  private static final int SIZE = 4096;
  private static final int STRINGS = 256;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
  private final long address = MemorySegment.ofBuffer(buffer).address();

  /** Writes a C string, which replaces the previous one, and returns its address. */
  public long string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= SIZE - STRINGS) {
      throw new HeapError("The name " + text + " is too long for a path on this system.");
    }
    buffer.put(STRINGS, bytes).put(STRINGS + bytes.length, (byte) 0);
    return address + STRINGS;
  }

  /** Returns the address of the results: eight longs, with index 0 to 7. */
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
