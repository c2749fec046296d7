package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.onemalloc.internal.cache.Depot;
import org.onemalloc.internal.cache.Rows;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Pages;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Full rows that pass through a depot. */
public final class DepotStress {
  private static final int ROWS = 1 << 15;
  private static final int CAPACITY = 6;
  private static final long BASE = Pages.map((long) ROWS * Rows.SIZE, Cells.PLATFORM);
  private static final AtomicInteger NEXT = new AtomicInteger();

  private DepotStress() {}

  private static long row() {
    return BASE + (long) (NEXT.getAndIncrement() & (ROWS - 1)) * Rows.SIZE;
  }

  private static void fill(long row, long with) {
    Rows.empty(row, CAPACITY);
    for (int i = 1; i <= CAPACITY; i++) {
      Memory.put(Rows.bottom(row) + 8L * i, with);
    }
  }

  private static int whole(long row, long with) {
    if (row == 0) {
      return 0;
    }
    int right = Rows.capacity(row) == CAPACITY ? 1 : -1;
    for (int i = 1; i <= CAPACITY; i++) {
      if (Memory.get(Rows.bottom(row) + 8L * i) != with) {
        right = -1;
      }
    }
    return right;
  }

  /** The content of a row that was pushed is complete when it is popped. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "still there")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "popped whole")
  @Outcome(expect = FORBIDDEN, desc = "torn, lost, or there twice")
  @State
  public static class ARowArrivesWhole {
    private final Depot depot = new Depot(100);
    private final long row = row();
    private final long stamp = System.identityHashCode(this) | 1L << 40;
    private boolean kept;

    @Actor
    public void push() {
      fill(row, stamp);
      kept = !depot.push(row);
    }

    @Actor
    public void pop(II_Result r) {
      r.r1 = whole(depot.pop(), stamp);
    }

    @Arbiter
    public void count(II_Result r) {
      r.r2 = kept ? 1 : whole(depot.pop(), stamp);
    }
  }

  /** Two threads pop one row: one of them gets it. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "the first got it")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "the second got it")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "busy for both")
  @Outcome(expect = FORBIDDEN, desc = "lost, or handed to both")
  @State
  public static class OneRowIsForOne {
    private final Depot depot = new Depot(100);

    public OneRowIsForOne() {
      long row = row();
      fill(row, row);
      depot.push(row);
    }

    @Actor
    public void first(III_Result r) {
      r.r1 = depot.pop() == 0 ? 0 : 1;
    }

    @Actor
    public void second(III_Result r) {
      r.r2 = depot.pop() == 0 ? 0 : 1;
    }

    @Arbiter
    public void count(III_Result r) {
      r.r3 = depot.pop() == 0 ? 0 : 1;
    }
  }

  /** Two threads push while one row is there: all three come out again, each once. */
  @JCStressTest
  @Outcome(id = "1, 1, 3", expect = ACCEPTABLE, desc = "all three are there")
  @Outcome(id = "1, 0, 2", expect = ACCEPTABLE, desc = "busy for the second")
  @Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "busy for the first")
  @Outcome(expect = FORBIDDEN, desc = "lost, or there twice")
  @State
  public static class TwoPushesAreBothKept {
    private final Depot depot = new Depot(100);
    private final long one = row();
    private final long two = row();

    public TwoPushesAreBothKept() {
      long three = row();
      fill(one, 1);
      fill(two, 1);
      fill(three, 1);
      depot.push(three);
    }

    @Actor
    public void first(III_Result r) {
      r.r1 = depot.push(one) ? 1 : 0;
    }

    @Actor
    public void second(III_Result r) {
      r.r2 = depot.push(two) ? 1 : 0;
    }

    @Arbiter
    public void count(III_Result r) {
      while (whole(depot.pop(), 1) == 1 && r.r3 < 9) {
        r.r3++;
      }
    }
  }

  /** Rows that go in and out on both sides (the case of ABA). */
  @JCStressTest
  @Outcome(id = "0, 0, 3", expect = ACCEPTABLE, desc = "all three are there")
  @Outcome(expect = FORBIDDEN, desc = "lost, torn, or there twice")
  @State
  public static class RowsGoInAndOut {
    private final Depot depot = new Depot(100);

    public RowsGoInAndOut() {
      for (int i = 0; i < 3; i++) {
        long row = row();
        fill(row, row);
        depot.push(row);
      }
    }

    private int turn() {
      int wrong = 0;
      for (int i = 0; i < 4; i++) {
        long one = depot.pop();
        long two = depot.pop();
        wrong += whole(one, one) < 0 || whole(two, two) < 0 || (one == two && one != 0) ? 1 : 0;
        back(one);
        back(two);
      }
      return wrong;
    }

    private void back(long row) {
      if (row != 0) {
        fill(row, row);
        while (!depot.push(row)) {
          Thread.onSpinWait();
        }
      }
    }

    @Actor
    public void first(III_Result r) {
      r.r1 = turn();
    }

    @Actor
    public void second(III_Result r) {
      r.r2 = turn();
    }

    @Arbiter
    public void count(III_Result r) {
      for (long row = depot.pop(); row != 0 && r.r3 < 9; row = depot.pop()) {
        r.r3 += whole(row, row) == 1 ? 1 : 100;
      }
    }
  }
}
