package org.onemalloc.benchmarks.suite;

/**
 * Blocks of which few are large, in slots of which few are often used: {@code alloc-test}.
 *
 * <p>Source: the description of OLogN Technologies' test (ithare.com, "Testing memory allocators",
 * 2018), which chooses sizes and slots by distributions of Pareto.
 *
 * <p>A lane has 65,536 slots, and 1,000,000 times takes one: if it holds a block, the block is
 * freed; otherwise one is allocated.
 *
 * <ul>
 *   <li>The slot: of a range, the first fifth with a probability of 819/1,024, otherwise the rest;
 *       six times, then any slot of the range.
 *   <li>The size: half of the blocks have 9 to 16 bytes, half of the others 17 to 32, and so on in
 *       eleven ranges up to 16,384; within a range each size is as likely.
 * </ul>
 *
 * At the end it frees all blocks in order.
 */
final class AllocTest implements Kernel {
  private static final int SLOTS = 1 << 16;
  private static final int LEVELS = 6;
  private static final int OPERATIONS = 1_000_000;
  private static final int RANGES = 10;

  private final Lane lane;
  private final Slots slots = new Slots(SLOTS);

  AllocTest(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    long sum = lane.inCalls(OPERATIONS, 0, this::operate);
    slots.dropAll(0, SLOTS);
    return sum;
  }

  private long operate(int operations, long before) {
    long after = before;
    for (int i = 0; i < operations; i++) {
      int slot = slot(lane.numbers);
      after = Kernel.mix(after, slot);
      if (slots.holds(slot)) {
        slots.drop(slot);
      } else {
        int size = size(lane.numbers.next());
        slots.put(slot, size);
        after = Kernel.mix(after, size);
      }
    }
    return after;
  }

  private static int slot(Numbers numbers) {
    long bits = numbers.next();
    int first = 0;
    int width = SLOTS;
    for (int i = 0; i < LEVELS; i++) {
      int fifth = width / 5;
      if ((bits & 1023) < 819) {
        width = fifth;
      } else {
        first += fifth;
        width -= fifth;
      }
      bits >>>= 10;
    }
    return first + numbers.below(width);
  }

  private static int size(long bits) {
    int range = Long.numberOfTrailingZeros(bits | 1 << RANGES);
    return (16 << range) - (int) (bits >>> 40 & (8 << range) - 1);
  }
}
