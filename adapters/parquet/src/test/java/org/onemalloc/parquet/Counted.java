package org.onemalloc.parquet;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The allocator that Parquet's tests are given, counted, with its new buffers filled with arbitrary
 * bytes.
 */
public final class Counted {
  static final OnemallocByteBufferAllocator ALLOCATOR = new OnemallocByteBufferAllocator();
  static final AtomicLong ALLOCATIONS = new AtomicLong();

  private Counted() {}

  public static ByteBuffer allocate(int size) {
    ByteBuffer buffer = ALLOCATOR.allocate(size);
    ALLOCATIONS.incrementAndGet();
    MemorySegment.ofBuffer(buffer).fill((byte) 0xa5);
    return buffer;
  }

  public static void release(ByteBuffer buffer) {
    ALLOCATOR.release(buffer);
  }
}
