package org.onemalloc.stress;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.onemalloc.Binding;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.bind.SizeClasses;
import org.onemalloc.internal.system.Pages;
import org.onemalloc.internal.system.Platform;

/**
 * An allocator of 64-byte cells that are zero when allocated. It records which cells are live: a
 * block that is freed twice, or was never allocated, is counted and not fatal. It reports a block
 * size of 8 KB, of which a row holds only two, so that rows change owners all the time.
 */
record Cells(long base, AtomicInteger next, AtomicIntegerArray live, AtomicInteger wrong)
    implements Backend {
  static final long SIZE = 8192;
  static final Platform PLATFORM = Platform.here();
  static final SizeClasses CLASSES = SizeClasses.natural(2, 1, SIZE, false);
  static final int CLASS = CLASSES.classOf(SIZE);

  private static final long PATIENCE = 10_000_000_000L; // nanoseconds
  private static final int COUNT = 1 << 18;
  private static final int CELL = 64;

  static Cells create() {
    long base = Pages.map((long) COUNT * CELL, PLATFORM);
    return new Cells(base, new AtomicInteger(), new AtomicIntegerArray(COUNT), new AtomicInteger());
  }

  /**
   * Waits until a cell is back in this allocator. A thread of another state of the test may have
   * taken over the cache that had it, and is about to end.
   *
   * @param sweep a sweep of the caches
   * @return 1 if it has not come back in ten seconds, else 0
   */
  int lost(long address, Runnable sweep) {
    long end = System.nanoTime() + PATIENCE;
    while (live.get(index(address)) != 0) {
      if (System.nanoTime() - end > 0) {
        return 1;
      }
      sweep.run();
      Thread.onSpinWait();
    }
    return 0;
  }

  /** Returns how many frees of cells that were not live there were since the last call. */
  int takeWrong() {
    return wrong.getAndSet(0);
  }

  private int index(long address) {
    return (int) ((address - base) / CELL);
  }

  @Override
  public long allocate(long size, long alignment) {
    for (int tries = 0; tries < COUNT; tries++) {
      int cell = next.getAndIncrement() & (COUNT - 1);
      if (live.get(cell) == 0 && live.compareAndSet(cell, 0, 1)) {
        return base + (long) cell * CELL;
      }
    }
    return 0;
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    if (!live.compareAndSet(index(address), 1, 0)) {
      wrong.getAndIncrement();
    }
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return allocate(size, alignment);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    return address;
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return SIZE;
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return SIZE;
  }

  @Override
  public long goodSize(long size) {
    return SIZE;
  }

  @Override
  public List<Binding.Operation> operations() {
    return List.of();
  }
}
