package org.onemalloc.benchmarks.suite;

/**
 * A server whose requests leave blocks behind for those that come after: {@code larson}, and {@code
 * larson-sized}, in which C frees with the size as well.
 *
 * <p>Source: Larson and Krishnan, "Memory allocation for long-running server applications", ISMM
 * 1998, who named it bleeding that a thread's blocks are freed by another.
 *
 * <ol>
 *   <li>A lane fills 5,000 slots with blocks of 8 to 1,000 bytes.
 *   <li>Four threads, one after the other, each replace the blocks of 250,000 random slots: free
 *       the old one, allocate another of 8 to 1,000 bytes. Each thread finds what the one before
 *       left.
 *   <li>The lane frees all blocks in order.
 * </ol>
 */
final class Larson implements Kernel {
  private static final int SLOTS = 5_000;
  private static final int LEAST = 8;
  private static final int MOST = 1_000;
  private static final int THREADS = 4;
  private static final int REPLACED = 250_000;

  private final Lane lane;
  private final Slots slots = new Slots(SLOTS);
  private long sum;

  Larson(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    sum = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      int size = size(lane.numbers);
      slots.put(slot, size);
      sum = Kernel.mix(sum, size);
    }
    for (int i = 0; i < THREADS; i++) {
      lane.onNewThread(this::serve);
    }
    slots.dropAll(0, SLOTS);
    return sum;
  }

  private void serve() {
    sum = lane.inCalls(REPLACED, sum, this::replace);
  }

  private long replace(int operations, long before) {
    long after = before;
    for (int i = 0; i < operations; i++) {
      int slot = lane.numbers.below(SLOTS);
      slots.drop(slot);
      int size = size(lane.numbers);
      slots.put(slot, size);
      after = Kernel.mix(Kernel.mix(after, slot), size);
    }
    return after;
  }

  private static int size(Numbers numbers) {
    return LEAST + numbers.below(MOST - LEAST + 1);
  }
}
