package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.onemalloc.internal.cache.Rows;
import org.onemalloc.internal.system.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The pool of unused rows. */
public final class RowsStress {
  private static final Rows ROWS = new Rows(true, Cells.PLATFORM);

  private RowsStress() {}

  /** Rows taken and given on both sides are never the same. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each row had one owner")
  @Outcome(expect = FORBIDDEN, desc = "a row was handed out twice")
  @State
  public static class ARowHasOneOwner {
    private static int turn(long who) {
      long one = ROWS.take();
      long two = ROWS.take();
      Memory.put(Rows.last(one), who);
      Memory.put(Rows.last(two), who);
      Rows.empty(one, 3);
      Rows.empty(two, 3);
      ROWS.give(two);
      long three = ROWS.take();
      Memory.put(Rows.last(three), who);
      Rows.empty(three, 3);
      boolean mine = Memory.get(Rows.last(one)) == who && Rows.capacity(one) == 3;
      mine &= Memory.get(Rows.last(three)) == who && Rows.capacity(three) == 3;
      ROWS.give(one);
      ROWS.give(three);
      return mine && one != three ? 0 : 1;
    }

    @Actor
    public void first(II_Result r) {
      r.r1 = turn(1);
    }

    @Actor
    public void second(II_Result r) {
      r.r2 = turn(2);
    }

    @Arbiter
    public void none() {}
  }
}
