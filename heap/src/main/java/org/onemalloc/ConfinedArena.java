package org.onemalloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The arena of one thread. */
final class ConfinedArena extends HeapArena {
  private final Thread owner;

  @SuppressWarnings("MustBeClosedChecker")
  ConfinedArena() {
    super(Arena.ofConfined());
    this.owner = Thread.currentThread();
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    return Thread.currentThread() == owner
        ? segment(byteSize, byteAlignment, zeroing())
        : refuse(byteSize, byteAlignment);
  }

  @Override
  MemorySegment raw(long byteSize, long byteAlignment) {
    return Thread.currentThread() == owner
        ? segment(byteSize, byteAlignment, false)
        : refuse(byteSize, byteAlignment);
  }

  @Override
  public void close() {
    closeScope();
    release();
  }
}
