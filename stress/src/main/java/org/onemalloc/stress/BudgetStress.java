package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.onemalloc.internal.system.Budget;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** The bytes that all caches share. */
public final class BudgetStress {
  private BudgetStress() {}

  /** Room for one of two. */
  @JCStressTest
  @Outcome(id = "true, false, 60", expect = ACCEPTABLE, desc = "the first has it")
  @Outcome(id = "false, true, 60", expect = ACCEPTABLE, desc = "the second has it")
  @Outcome(expect = FORBIDDEN, desc = "above the limit, or refused to both")
  @State
  public static class RoomForOneIsForOne {
    private final Budget budget = new Budget(100);

    @Actor
    public void first(ZZJ_Result r) {
      r.r1 = budget.take(60);
    }

    @Actor
    public void second(ZZJ_Result r) {
      r.r2 = budget.take(60);
    }

    @Arbiter
    public void sum(ZZJ_Result r) {
      r.r3 = budget.taken();
    }
  }

  /** A request that cannot be met does not affect others. */
  @JCStressTest
  @Outcome(id = "false, true, 50", expect = ACCEPTABLE, desc = "only the large one was refused")
  @Outcome(expect = FORBIDDEN, desc = "a small request was refused because of a large one")
  @State
  public static class ALargeWishLeavesRoomForASmallOne {
    private final Budget budget = new Budget(100);

    @Actor
    public void large(ZZJ_Result r) {
      r.r1 = budget.take(101);
    }

    @Actor
    public void small(ZZJ_Result r) {
      r.r2 = budget.take(50);
    }

    @Arbiter
    public void sum(ZZJ_Result r) {
      r.r3 = budget.taken();
    }
  }

  /** Nothing is lost when one thread takes while another gives. */
  @JCStressTest
  @Outcome(id = "true, true, 70", expect = ACCEPTABLE, desc = "70 + 30 - 30")
  @Outcome(expect = FORBIDDEN, desc = "bytes lost, or above the limit")
  @State
  public static class TakingAndGivingAddUp {
    private final Budget budget = new Budget(100);

    public TakingAndGivingAddUp() {
      budget.take(70);
    }

    @Actor
    public void take(ZZJ_Result r) {
      r.r1 = budget.take(30);
    }

    @Actor
    public void give(ZZJ_Result r) {
      budget.give(30);
      r.r2 = budget.taken() <= 100;
    }

    @Arbiter
    public void sum(ZZJ_Result r) {
      r.r3 = budget.taken();
    }
  }
}
