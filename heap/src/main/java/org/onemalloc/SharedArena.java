package org.onemalloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The arena of all threads. One lock guards the bump pointer, and separates a thread that allocates
 * from a block from the one that frees the blocks.
 */
final class SharedArena extends HeapArena {
  @SuppressWarnings("MustBeClosedChecker")
  SharedArena() {
    super(Arena.ofShared());
  }

  @Override
  public synchronized MemorySegment allocate(long byteSize, long byteAlignment) {
    return segment(byteSize, byteAlignment, zeroing());
  }

  @Override
  synchronized MemorySegment raw(long byteSize, long byteAlignment) {
    return segment(byteSize, byteAlignment, false);
  }

  @Override
  public void close() {
    closeScope();
    synchronized (this) {
      release();
    }
  }
}
