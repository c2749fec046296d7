package org.onemalloc.benchmarks.suite;

/**
 * Many live blocks of very different sizes, replaced here and there, and batches that another
 * thread frees: {@code rptest}.
 *
 * <p>Source: the description of Jansson's benchmark of rpmalloc, which mimalloc-bench includes.
 *
 * <p>A lane has 5,000 slots, empty at first, and does 150 rounds:
 *
 * <ol>
 *   <li>1,000 times, take a random slot, free its block if it holds one, and allocate another of 16
 *       to 16,000 bytes; first and last byte are written.
 *   <li>Give 100 new blocks of such sizes to the next lane.
 *   <li>Free the 100 blocks of this round that the lane before gave, in order.
 * </ol>
 *
 * At the end it frees all blocks in order.
 */
final class Rptest implements Kernel {
  private static final int SLOTS = 5_000;
  private static final int LEAST = 16;
  private static final int MOST = 16_000;
  private static final int ROUNDS = 150;
  private static final int REPLACED = 1_000;
  private static final int GIVEN = 100;

  private final Lane lane;
  private final Slots slots = new Slots(SLOTS);

  Rptest(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    long sum = 0;
    for (int left = lane.scaled(ROUNDS); left > 0; left--) {
      sum = replace(sum);
      sum = give(lane.next().claim(), sum);
      lane.next().give();
      lane.previous().first().dropAll(0, GIVEN);
      lane.previous().take();
    }
    slots.dropAll(0, SLOTS);
    return sum;
  }

  private long replace(long before) {
    long after = before;
    for (int i = 0; i < REPLACED; i++) {
      int slot = lane.numbers.below(SLOTS);
      if (slots.holds(slot)) {
        slots.drop(slot);
      }
      int size = size(lane.numbers);
      slots.putEnds(slot, size);
      after = Kernel.mix(Kernel.mix(after, slot), size);
    }
    return after;
  }

  private long give(Slots batch, long before) {
    long after = before;
    for (int i = 0; i < GIVEN; i++) {
      int size = size(lane.numbers);
      batch.putEnds(i, size);
      after = Kernel.mix(after, size);
    }
    return after;
  }

  private static int size(Numbers numbers) {
    return LEAST + numbers.below(MOST - LEAST + 1);
  }
}
