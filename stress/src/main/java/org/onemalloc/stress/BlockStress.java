package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicLong;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.system.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Blocks of a whole heap with room for five rows: freed on one thread, allocated on another.
 *
 * <p>A free block is all zeros. The thread that allocates it checks that it is zero and fills it
 * with a stamp; the thread that frees it checks the stamp and zeroes it. All accesses are plain, so
 * that only the heap orders them.
 */
public final class BlockStress {
  private static final CacheLimits LIMITS = new CacheLimits(40 << 10, 90 << 10);
  private static final int WORDS = 8;
  private static final Cells CELLS = Cells.create();
  private static final CachedHeap HEAP =
      CachedHeap.of(CELLS, Cells.CLASSES, "cells", LIMITS, Cells.PLATFORM);

  private BlockStress() {}

  private static boolean all(long block, long word) {
    boolean all = true;
    for (int i = 0; i < WORDS; i++) {
      all &= Memory.get(block + 8L * i) == word;
    }
    return all;
  }

  private static void fill(long block, long word) {
    for (int i = 0; i < WORDS; i++) {
      Memory.put(block + 8L * i, word);
    }
  }

  /** Allocates a block and leaves it in the box; returns 1 if the block was not free. */
  private static int leave(AtomicLong box) {
    long block = HEAP.allocate(Cells.SIZE, 8);
    boolean free = all(block, 0);
    fill(block, block);
    free(box.getAndSet(block));
    return free ? 0 : 1;
  }

  /** Frees the block that another thread left; returns 1 if it was changed in between. */
  private static int free(AtomicLong box) {
    return free(box.getAndSet(0));
  }

  private static int free(long block) {
    if (block == 0) {
      return 0;
    }
    boolean mine = all(block, block);
    fill(block, 0);
    HEAP.deallocate(block, Cells.SIZE, 8);
    return mine ? 0 : 1;
  }

  /** One allocates, one frees: rows flow back through the depot. */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "every block had one owner at a time")
  @Outcome(expect = FORBIDDEN, desc = "a block handed out twice, torn, or freed twice")
  @State
  public static class BlocksFlowBack {
    private final AtomicLong one = new AtomicLong();
    private final AtomicLong two = new AtomicLong();
    private final AtomicLong three = new AtomicLong();

    @Actor
    public void allocate(III_Result r) {
      r.r1 = leave(one) + leave(two) + leave(three);
    }

    @Actor
    public void free(III_Result r) {
      r.r2 = BlockStress.free(one) + BlockStress.free(two) + BlockStress.free(three);
    }

    @Arbiter
    public void rest(III_Result r) {
      r.r3 = BlockStress.free(one) + BlockStress.free(two) + BlockStress.free(three);
      r.r3 += CELLS.takeWrong();
    }
  }

  /** Both threads allocate and free; each also frees blocks of the other. */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "every block had one owner at a time")
  @Outcome(expect = FORBIDDEN, desc = "a block handed out twice, torn, or freed twice")
  @State
  public static class BlocksAreExchanged {
    private final AtomicLong one = new AtomicLong();
    private final AtomicLong two = new AtomicLong();

    @Actor
    public void first(III_Result r) {
      r.r1 = leave(one) + leave(two) + leave(one) + BlockStress.free(two);
    }

    @Actor
    public void second(III_Result r) {
      r.r2 = leave(two) + leave(one) + leave(two) + BlockStress.free(one);
    }

    @Arbiter
    public void rest(III_Result r) {
      r.r3 = BlockStress.free(one) + BlockStress.free(two) + CELLS.takeWrong();
    }
  }

  /** The same while a third party empties the depots and sweeps. */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "every block had one owner at a time")
  @Outcome(expect = FORBIDDEN, desc = "a block handed out twice, torn, or freed twice")
  @State
  public static class DepotsAreEmptiedMeanwhile {
    private final AtomicLong[] boxes = {
      new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong()
    };

    @Actor
    public void use(III_Result r) {
      for (AtomicLong box : boxes) {
        r.r1 += leave(box);
      }
      for (AtomicLong box : boxes) {
        r.r1 += BlockStress.free(box);
      }
    }

    @Actor
    public void sweep(III_Result r) {
      HEAP.caches().emptyDepots();
      HEAP.caches().sweep();
    }

    @Arbiter
    public void count(III_Result r) {
      r.r2 = HEAP.caches().bytes() <= LIMITS.total() ? 0 : 1;
      r.r3 = CELLS.takeWrong();
    }
  }
}
