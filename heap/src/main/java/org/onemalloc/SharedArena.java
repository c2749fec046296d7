package org.onemalloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The arena of all threads. One lock keeps the bump pointer, and keeps a thread that allocates from
 * a block apart from the one that gives the blocks back.
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
