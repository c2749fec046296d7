package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.CachedHeap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Threads that end while their caches are swept, and taken over by threads of other states. */
public final class DeathStress {
  private static final CacheLimits LIMITS = new CacheLimits(1L << 30, 1L << 34);
  private static final Cells CELLS = Cells.create();
  private static final CachedHeap HEAP =
      CachedHeap.of(CELLS, Cells.CLASSES, "cells", LIMITS, Cells.PLATFORM);

  private DeathStress() {}

  private static void sweep() {
    for (int i = 0; i < 4; i++) {
      HEAP.caches().sweep();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A platform thread ends: the thread that sweeps its cache sees its last free. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "freed once")
  @Outcome(expect = FORBIDDEN, desc = "its block lost or freed twice")
  @State
  public static class AThreadEndsWhileTheSweeperLooks {
    private final long block = CELLS.allocate(Cells.SIZE, 1);
    private Thread thread;

    @Actor
    public void live() {
      thread = Thread.ofPlatform().start(() -> HEAP.deallocate(block, Cells.SIZE, 8));
    }

    @Actor
    public void sweep() {
      DeathStress.sweep();
    }

    @Arbiter
    public void count(II_Result r) {
      join(thread);
      r.r1 = CELLS.lost(block, HEAP.caches()::sweep);
      r.r2 = CELLS.takeWrong();
    }
  }

  /** A virtual thread ends and has left its handle open. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "freed once")
  @Outcome(expect = FORBIDDEN, desc = "its block lost or freed twice")
  @State
  public static class AHandleIsLeftOpen {
    private final long block = CELLS.allocate(Cells.SIZE, 1);
    private Thread thread;

    @Actor
    public void live() {
      thread =
          Thread.startVirtualThread(
              () -> HEAP.caches().open(Thread.currentThread()).deallocate(Cells.CLASS, block));
    }

    @Actor
    public void sweep() {
      DeathStress.sweep();
    }

    @Arbiter
    public void count(II_Result r) {
      join(thread);
      r.r1 = CELLS.lost(block, HEAP.caches()::sweep);
      r.r2 = CELLS.takeWrong();
    }
  }
}
