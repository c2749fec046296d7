package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.Caches;
import org.onemalloc.internal.cache.ThreadCache;
import org.onemalloc.internal.system.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Threads called out of the fast path to get a guarded block: the call is in the only word of a
 * slot that a thread other than its owner writes.
 */
public final class CallStress {
  private static final CacheLimits LIMITS = new CacheLimits(1L << 30, 1L << 34);
  private static final Cells CELLS = Cells.create();
  private static final Caches SHARED = new Caches(CELLS, Cells.CLASSES, LIMITS, Cells.PLATFORM);
  private static final Caches TABLE = new Caches(CELLS, Cells.CLASSES, LIMITS, Cells.PLATFORM);
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final Thread LIVING = Thread.ofPlatform().daemon().start(CallStress::forever);

  private CallStress() {}

  private static int next() {
    return NEXT.getAndIncrement() & (int) Caches.SLOT_MASK;
  }

  private static void forever() {
    while (true) {
      LockSupport.park();
    }
  }

  /** Two calls may be answered together, and no call is answered that was not made. */
  @JCStressTest
  @Outcome(
      id = {"0, 1", "1, 0", "1, 1", "2, 0"},
      expect = ACCEPTABLE,
      desc = "one answer for both calls, or one each")
  @Outcome(expect = FORBIDDEN, desc = "no answer, or more than there were calls")
  @State
  public static class CallsAreAnswered {
    private final Caches caches = SHARED;
    private final ThreadCache cache = caches.open(LIVING);

    @Actor
    public void call() {
      cache.call();
      cache.call();
    }

    @Actor
    public void answer(II_Result r) {
      r.r1 = (cache.answer() ? 1 : 0) + (cache.answer() ? 1 : 0) + (cache.answer() ? 1 : 0);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = cache.answer() ? 1 : 0;
      caches.close(cache);
    }
  }

  /** A slot that was given back is not written. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "called before it was closed, or not at all")
  @Outcome(expect = FORBIDDEN, desc = "a slot without an owner was written")
  @State
  public static class ACacheIsClosedWhileItsThreadIsCalled {
    private final Caches caches = TABLE;
    private final int slot = next();
    private final ThreadCache cache = caches.claim(LIVING, slot, slot);

    @Actor
    public void call() {
      caches.callNext();
    }

    @Actor
    public void close() {
      caches.close(cache);
    }

    @Arbiter
    public void word(II_Result r) {
      r.r1 = Memory.get(cache.slot) == 0 ? 0 : 1;
      r.r2 = CELLS.takeWrong();
    }
  }
}
