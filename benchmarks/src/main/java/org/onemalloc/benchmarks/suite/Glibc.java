package org.onemalloc.benchmarks.suite;

/**
 * The two workloads of glibc's own benchmarks: {@code glibc-simple} and {@code glibc-thread}.
 *
 * <p>Source: the descriptions of {@code malloc-simple} and {@code malloc-thread} in glibc's {@code
 * benchtests}.
 */
final class Glibc {
  private Glibc() {}

  /**
   * Blocks of one size, allocated and then freed in the same order.
   *
   * <p>For each size of 8, 16, 32, … 4,096 bytes and each number of 25, 100, 400 and 1,600 blocks,
   * that many are allocated and freed, again and again until 25,600 have been.
   */
  static final class Simple implements Kernel {
    private static final int LEAST = 8;
    private static final int MOST = 4_096;
    private static final int[] COUNTS = {25, 100, 400, 1_600};
    private static final int BLOCKS = 25_600;

    private final Lane lane;
    private final Slots slots = new Slots(1_600);

    Simple(Lane lane) {
      this.lane = lane;
    }

    @Override
    public long repeat() {
      long sum = 0;
      for (int size = LEAST; size <= MOST; size *= 2) {
        for (int count : COUNTS) {
          for (int left = lane.scaled(BLOCKS); left > 0; left -= count) {
            sum = together(size, count, sum);
          }
        }
      }
      return sum;
    }

    private long together(int size, int count, long before) {
      long after = before;
      for (int slot = 0; slot < count; slot++) {
        slots.put(slot, size);
        after = Kernel.mix(after, size + slot);
      }
      for (int slot = 0; slot < count; slot++) {
        slots.drop(slot);
      }
      return after;
    }
  }

  /**
   * Blocks of random sizes in random slots, each thread with its own.
   *
   * <p>A lane has 1,024 slots, and 1,000,000 times takes a random one, frees its block if it holds
   * one, and allocates another of 4 to 32,768 bytes. The probability of a size falls with its
   * square: it is 2^34 / (r + 2^19), rounded down and at least 4, where r has 32 random bits. At
   * the end the lane frees all blocks in order.
   */
  static final class Threads implements Kernel {
    private static final int SLOTS = 1_024;
    private static final int OPERATIONS = 1_000_000;

    private final Lane lane;
    private final Slots slots = new Slots(SLOTS);

    Threads(Lane lane) {
      this.lane = lane;
    }

    @Override
    public long repeat() {
      long sum = lane.inCalls(OPERATIONS, 0, this::replace);
      slots.dropAll(0, SLOTS);
      return sum;
    }

    private long replace(int operations, long before) {
      long after = before;
      for (int i = 0; i < operations; i++) {
        int slot = lane.numbers.below(SLOTS);
        if (slots.holds(slot)) {
          slots.drop(slot);
        }
        int size = size(lane.numbers.next() >>> 32);
        slots.put(slot, size);
        after = Kernel.mix(Kernel.mix(after, slot), size);
      }
      return after;
    }

    private static int size(long bits) {
      return Math.max(4, (int) ((1L << 34) / (bits + (1 << 19))));
    }
  }
}
