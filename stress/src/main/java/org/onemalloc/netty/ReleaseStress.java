package org.onemalloc.netty;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import org.onemalloc.Heap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;

/** References to one of the adapter's Netty buffers, released by two threads. */
public final class ReleaseStress {
  private static final OnemallocByteBufAllocator ALLOCATOR = new OnemallocByteBufAllocator(true);
  private static final int FREED = 1;
  private static final int REFUSED = -1;

  private ReleaseStress() {}

  /**
   * Returns a buffer whose object is not reused; otherwise the arbiter might see it in its next
   * use.
   */
  private static ByteBuf buffer(int references) {
    OnemallocByteBuf buffer = new OnemallocByteBuf(ALLOCATOR, null, -1);
    buffer.start(Heap.allocate(64, OnemallocByteBuf.ALIGNMENT), 64, 64);
    return references == 1 ? buffer : buffer.retain(references - 1);
  }

  private static int release(ByteBuf buffer) {
    try {
      return buffer.release() ? FREED : 0;
    } catch (IllegalReferenceCountException e) {
      return REFUSED;
    }
  }

  private static int retain(ByteBuf buffer) {
    try {
      buffer.retain();
      return 1;
    } catch (IllegalReferenceCountException e) {
      return REFUSED;
    }
  }

  /** One reference is released twice, a mistake that is always found. */
  @JCStressTest
  @Outcome(id = "1, -1, 0", expect = ACCEPTABLE, desc = "the second is one too many")
  @Outcome(id = "-1, 1, 0", expect = ACCEPTABLE, desc = "the first is one too many")
  @Outcome(expect = FORBIDDEN, desc = "freed twice or never")
  @State
  public static class OneOfTwoReleasesIsRefused {
    private final ByteBuf buffer = buffer(1);

    @Actor
    public void first(III_Result r) {
      r.r1 = release(buffer);
    }

    @Actor
    public void second(III_Result r) {
      r.r2 = release(buffer);
    }

    @Arbiter
    public void end(III_Result r) {
      r.r3 = buffer.refCnt();
    }
  }

  /** Two references: the last release frees, and sees what the other thread wrote. */
  @JCStressTest
  @Outcome(id = "1, 0, 2, 0", expect = ACCEPTABLE, desc = "the first was last")
  @Outcome(id = "0, 1, 2, 0", expect = ACCEPTABLE, desc = "the second was last")
  @Outcome(expect = FORBIDDEN, desc = "freed twice, never, or too early")
  @State
  public static class TheLastReleaseSeesWhatTheOtherWrote {
    private final ByteBuf buffer = buffer(2);
    private int ofFirst;
    private int ofSecond;

    @Actor
    public void first(IIII_Result r) {
      ofFirst = 1;
      r.r1 = release(buffer);
      if (r.r1 == FREED) {
        r.r3 = ofFirst + ofSecond;
      }
    }

    @Actor
    public void second(IIII_Result r) {
      ofSecond = 1;
      r.r2 = release(buffer);
      if (r.r2 == FREED) {
        r.r3 = ofFirst + ofSecond;
      }
    }

    @Arbiter
    public void end(IIII_Result r) {
      r.r4 = buffer.refCnt();
    }
  }

  /** A reference is taken while the last one is released: it is valid, or is refused. */
  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "taken in time, and valid")
  @Outcome(id = "1, -1, 0", expect = ACCEPTABLE, desc = "too late: refused")
  @Outcome(expect = FORBIDDEN, desc = "both valid and freed")
  @State
  public static class ARetainHoldsOrIsRefused {
    private final ByteBuf buffer = buffer(1);

    @Actor
    public void release(III_Result r) {
      r.r1 = ReleaseStress.release(buffer);
    }

    @Actor
    public void retain(III_Result r) {
      r.r2 = ReleaseStress.retain(buffer);
    }

    @Arbiter
    public void end(III_Result r) {
      r.r3 = buffer.refCnt();
      if (r.r3 > 0) {
        buffer.release(r.r3);
      }
    }
  }
}
