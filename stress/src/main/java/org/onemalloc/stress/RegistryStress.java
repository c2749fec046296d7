package org.onemalloc.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.onemalloc.internal.checked.Block;
import org.onemalloc.internal.checked.Registry;
import org.onemalloc.internal.checked.Sites;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The registry of blocks by address: a block is freed twice concurrently, and blocks are added
 * while others are removed.
 */
public final class RegistryStress {
  private static final long CELL = 64;

  private RegistryStress() {}

  private static Block block(int cell) {
    return new Block(CELL * cell, 8, 8, 32, 40, 1, 1, Sites.NONE, 0);
  }

  private static boolean free(Registry registry, int thread) {
    Block block = registry.find(CELL);
    return !block.freed() && registry.replace(block, block.freedAt(2, thread, 40), () -> {});
  }

  /** Of two threads that free the same block, one succeeds, and the other gets the error. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 1", "0, 1, 2"},
      expect = ACCEPTABLE,
      desc = "freed by one")
  @Outcome(expect = FORBIDDEN, desc = "freed by both or by none")
  @State
  public static class OneOfTwoFrees {
    private final Registry registry = new Registry();

    public OneOfTwoFrees() {
      registry.add(block(1));
    }

    @Actor
    public void first(III_Result r) {
      r.r1 = free(registry, 1) ? 1 : 0;
    }

    @Actor
    public void second(III_Result r) {
      r.r2 = free(registry, 2) ? 1 : 0;
    }

    @Arbiter
    public void who(III_Result r) {
      r.r3 = (int) registry.find(CELL).freeThread();
    }
  }

  /** One thread adds so many blocks that tables grow, another removes older ones. */
  @JCStressTest
  @Outcome(id = "0, 0, 200", expect = ACCEPTABLE, desc = "the right blocks are known")
  @Outcome(expect = FORBIDDEN, desc = "one lost, or one too many")
  @State
  public static class TablesGrowWhileBlocksLeave {
    private static final int COUNT = 200;
    private final Registry registry = new Registry();

    public TablesGrowWhileBlocksLeave() {
      for (int i = 1; i <= COUNT; i++) {
        registry.add(block(i));
      }
    }

    @Actor
    public void add(III_Result r) {
      for (int i = 1; i <= COUNT; i++) {
        r.r1 += registry.add(block(1000 + i)) ? 1 : 0;
      }
    }

    @Actor
    public void remove(III_Result r) {
      for (int i = 1; i <= COUNT; i++) {
        r.r2 += registry.remove(block(i)) ? 0 : 1;
      }
    }

    @Arbiter
    public void count(III_Result r) {
      for (int i = 1; i <= COUNT; i++) {
        r.r3 += registry.find(CELL * (1000 + i)) != null ? 1 : 0;
        r.r3 += registry.find(CELL * i) != null ? 1000 : 0;
      }
    }
  }
}
