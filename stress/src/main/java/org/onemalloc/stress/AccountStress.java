package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.onemalloc.internal.account.Account;
import org.onemalloc.internal.account.Accounts;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Accounts that threads share. */
public final class AccountStress {
  private AccountStress() {}

  /** The limit of a tag's parent has room for one of two allocations. */
  @JCStressTest
  @Outcome(id = "true, false, 60", expect = ACCEPTABLE, desc = "the first has it")
  @Outcome(id = "false, true, 60", expect = ACCEPTABLE, desc = "the second has it")
  @Outcome(expect = FORBIDDEN, desc = "beyond the limit, refused to both, or lost below")
  @State
  public static class RoomAboveIsForOneOfTwoTags {
    private final Accounts accounts = new Accounts(false, 4);
    private final Account first = accounts.of("a/first");
    private final Account second = accounts.of("a/second");

    public RoomAboveIsForOneOfTwoTags() {
      accounts.of("a").limit(100);
      first.limit(1000);
      second.limit(1000);
    }

    @Actor
    public void first(ZZJ_Result r) {
      r.r1 = Account.take(first.limits(), 60) == null;
    }

    @Actor
    public void second(ZZJ_Result r) {
      r.r2 = Account.take(second.limits(), 60) == null;
    }

    @Arbiter
    public void sum(ZZJ_Result r) {
      long below = first.limits()[0].taken() + second.limits()[0].taken();
      long above = accounts.of("a").limits()[0].taken();
      r.r3 = below == above ? above : -1;
    }
  }

  /** A thread sums while another counts; afterwards nothing is missing. */
  @JCStressTest
  @Outcome(id = "(-5|5|15), 15", expect = ACCEPTABLE, desc = "some of it, then all")
  @Outcome(expect = FORBIDDEN, desc = "a sum that no order of the calls explains, or a lost call")
  @State
  public static class SumsMissNothingAtTheEnd {
    private final Accounts accounts = new Accounts(false, 4);
    private final Account account = accounts.of("a");

    @Actor
    public void twice() {
      account.count(10, 1);
      account.count(10, 1);
    }

    @Actor
    public void freeAndRead(JJ_Result r) {
      account.count(5, -1);
      r.r1 = account.usage().bytes();
    }

    @Arbiter
    public void sum(JJ_Result r) {
      r.r2 = account.usage().bytes();
    }
  }
}
