package org.onemalloc.benchmarks.suite;

/**
 * Blocks of several megabytes: {@code malloc-large}.
 *
 * <p>Source: the description in mimalloc-bench (Leijen): 5 to 25 MB, a few at a time.
 *
 * <p>A lane has 8 slots, and 20 times takes a random one, frees its block if it holds one, and
 * allocates another of 5 to 25 MB, of which it writes the first byte of each 4,096. At the end it
 * frees all blocks in order. (MB = 2^20 bytes.)
 */
final class MallocLarge implements Kernel {
  private static final int SLOTS = 8;
  private static final int OPERATIONS = 20;
  private static final int LEAST = 5 << 20;
  private static final int MORE = 20 << 20;
  private static final int PAGE = 4_096;

  private final Lane lane;
  private final Slots slots = new Slots(SLOTS);

  MallocLarge(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    long sum = 0;
    for (int left = lane.scaled(OPERATIONS); left > 0; left--) {
      int slot = lane.numbers.below(SLOTS);
      if (slots.holds(slot)) {
        slots.drop(slot);
      }
      int size = LEAST + lane.numbers.below(MORE);
      slots.put(slot, size);
      write(slots.blocks[slot], size);
      sum = Kernel.mix(Kernel.mix(sum, slot), size);
    }
    slots.dropAll(0, SLOTS);
    return sum;
  }

  private static void write(long block, int size) {
    for (int at = 0; at < size; at += PAGE) {
      Words.touch(block + at);
    }
  }
}
