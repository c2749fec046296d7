package org.onemalloc.netty;

import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.concurrent.atomic.LongAdder;

/** A heap buffer whose array is counted. */
final class ArrayByteBuf extends UnpooledHeapByteBuf {
  private final LongAdder bytes;

  ArrayByteBuf(
      OnemallocByteBufAllocator allocator, int capacity, int maxCapacity, LongAdder bytes) {
    super(allocator, capacity, maxCapacity);
    this.bytes = bytes;
    bytes.add(capacity);
  }

  @Override
  protected byte[] allocateArray(int capacity) {
    if (bytes
        != null) { // null in the constructor of the superclass, which allocates the first array
      bytes.add(capacity);
    }
    return super.allocateArray(capacity);
  }

  @Override
  protected void freeArray(byte[] array) {
    bytes.add(-array.length);
    super.freeArray(array);
  }
}
