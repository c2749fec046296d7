package org.onemalloc.benchmarks.suite;

/**
 * Blocks that are freed partly in the reverse order of their allocation and partly in the same
 * order: {@code sh6bench}, and {@code sh8bench}, in which others free a part.
 *
 * <p>Source: the descriptions of MicroQuill's benchmarks of SmartHeap in mimalloc-bench.
 *
 * <p>A lane does 100 passes. A pass allocates, for each size from 1 to 1,000 bytes in order, 1 +
 * 1,000 / size blocks, which are put into 9,999 cells in order. Whenever all cells are full:
 *
 * <ol>
 *   <li>The blocks of the last third are freed, the newest first; in {@code sh8bench} they are
 *       given to the next lane instead, and those that the lane before gave are freed, the newest
 *       first.
 *   <li>The blocks of the first third are freed, the oldest first.
 *   <li>Those of the middle third are moved to the first.
 * </ol>
 *
 * At the end the blocks that are left are freed, the oldest first. There are no random numbers.
 */
final class Sh6bench implements Kernel {
  private static final int PASSES = 100;
  private static final int MOST = 1_000;
  private static final int THIRD = 3_333;
  private static final int CELLS = 3 * THIRD;

  private final Lane lane;
  private final boolean gives;
  private final Slots cells = new Slots(CELLS);

  private Sh6bench(Lane lane, boolean gives) {
    this.lane = lane;
    this.gives = gives;
  }

  static Kernel sh6(Lane lane) {
    return new Sh6bench(lane, false);
  }

  static Kernel sh8(Lane lane) {
    return new Sh6bench(lane, true);
  }

  @Override
  public long repeat() {
    long sum = 0;
    for (int left = lane.scaled(PASSES); left > 0; left--) {
      for (int size = 1; size <= MOST; size++) {
        sum = allocate(size, sum);
      }
    }
    cells.dropAll(0, cells.count);
    cells.count = 0;
    return sum;
  }

  private long allocate(int size, long before) {
    long after = before;
    for (int left = 1 + MOST / size; left > 0; left--) {
      after = Kernel.mix(after, size + cells.count);
      cells.put(cells.count++, size);
      if (cells.count == CELLS) {
        spill();
      }
    }
    return after;
  }

  private void spill() {
    if (gives) {
      cells.move(2 * THIRD, lane.next().claim(), 0, THIRD);
      lane.next().give();
      dropNewestFirst(lane.previous().first(), 0, THIRD);
      lane.previous().take();
    } else {
      dropNewestFirst(cells, 2 * THIRD, CELLS);
    }
    cells.dropAll(0, THIRD);
    cells.move(THIRD, cells, 0, THIRD);
    cells.count = THIRD;
  }

  private static void dropNewestFirst(Slots slots, int from, int to) {
    for (int slot = to - 1; slot >= from; slot--) {
      slots.drop(slot);
    }
  }
}
