package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.Caches;
import org.onemalloc.internal.cache.Rows;
import org.onemalloc.internal.cache.ThreadCache;
import org.onemalloc.internal.system.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Slots of the table: claimed, adopted, swept, closed. A thread that was never started counts as
 * ended.
 */
public final class SlotStress {
  private static final CacheLimits LIMITS = new CacheLimits(1L << 30, 1L << 34);
  private static final Cells CELLS = Cells.create();
  private static final Caches CACHES = new Caches(CELLS, Cells.CLASSES, LIMITS, Cells.PLATFORM);
  private static final AtomicInteger NEXT = new AtomicInteger();

  // not jcstress's threads, which may end while states that they used are still checked
  private static final Thread ONE = living();
  private static final Thread TWO = living();

  private SlotStress() {}

  private static int pair() {
    return (NEXT.getAndIncrement() * 2) & (int) Caches.SLOT_MASK;
  }

  private static long address(int slot) {
    return CACHES.base + (long) slot * Rows.SIZE;
  }

  private static Thread living() {
    return Thread.ofPlatform().daemon().start(SlotStress::forever);
  }

  private static void forever() {
    while (true) {
      LockSupport.park();
    }
  }

  private static Thread ended() {
    return Thread.ofPlatform().unstarted(() -> {});
  }

  private static long put(ThreadCache cache) {
    long block = CELLS.allocate(Cells.SIZE, 1);
    cache.deallocate(Cells.CLASS, block);
    return block;
  }

  /**
   * Puts a block into the cache of a thread that has ended. The lock keeps the JVM's own sweeper
   * away, as a live owner would.
   */
  private static long leave(Supplier<ThreadCache> made) {
    synchronized (CACHES) {
      return put(made.get());
    }
  }

  private static int which(ThreadCache cache, Thread owner, int slot) {
    boolean mine = cache != null && Memory.get(cache.slot) == owner.threadId();
    return !mine ? 0 : cache.slot == address(slot) ? 1 : 2;
  }

  /** Two threads, the same two slots: each gets one. */
  @JCStressTest
  @Outcome(
      id = {"1, 2, 0", "2, 1, 0"},
      expect = ACCEPTABLE,
      desc = "one each")
  @Outcome(expect = FORBIDDEN, desc = "the same slot, or none")
  @State
  public static class TwoThreadsGetTwoSlots {
    private final int slot = pair();
    private ThreadCache one;
    private ThreadCache two;

    @Actor
    public void first(III_Result r) {
      one = CACHES.claim(ONE, slot, slot + 1);
      r.r1 = which(one, ONE, slot);
      put(one);
    }

    @Actor
    public void second(III_Result r) {
      two = CACHES.claim(TWO, slot, slot + 1);
      r.r2 = which(two, TWO, slot);
      put(two);
    }

    @Arbiter
    public void close(III_Result r) {
      CACHES.close(one);
      CACHES.close(two);
      r.r3 = CELLS.takeWrong();
    }
  }

  /** A new thread and the sweeper compete for the slot of an ended thread, and for its blocks. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "adopted, its block freed once")
  @Outcome(expect = FORBIDDEN, desc = "not adopted, or its block lost or freed twice")
  @State
  public static class AnEndedThreadsSlotIsAdopted {
    private final int slot = pair();
    private final long block = leave(() -> CACHES.claim(ended(), slot, slot));

    @Actor
    public void claim(III_Result r) {
      ThreadCache adopted = CACHES.claim(ONE, slot, slot);
      r.r1 = which(adopted, ONE, slot);
      CACHES.close(adopted);
    }

    @Actor
    public void sweep() {
      CACHES.sweep();
    }

    @Arbiter
    public void count(III_Result r) {
      r.r2 = CELLS.lost(block, CACHES::sweep);
      r.r3 = CELLS.takeWrong();
    }
  }

  /** A handle is closed while the sweeper finds that its owner has ended. */
  @JCStressTest
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "given back once")
  @Outcome(expect = FORBIDDEN, desc = "its block lost, or something given back twice")
  @State
  public static class AHandleIsClosedOnce {
    private ThreadCache cache;
    private final long block = leave(() -> cache = CACHES.open(ended()));

    @Actor
    public void close() {
      CACHES.close(cache);
    }

    @Actor
    public void sweep() {
      CACHES.sweep();
    }

    @Arbiter
    public void count(III_Result r) {
      r.r1 = CELLS.lost(block, CACHES::sweep);
      ThreadCache one = CACHES.open(ONE);
      ThreadCache two = CACHES.open(ONE);
      r.r2 = one.slot != two.slot ? 1 : 0;
      CACHES.close(one);
      CACHES.close(two);
      r.r3 = CELLS.takeWrong();
    }
  }
}
