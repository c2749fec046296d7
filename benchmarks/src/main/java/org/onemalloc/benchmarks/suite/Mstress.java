package org.onemalloc.benchmarks.suite;

/**
 * A server with short-lived and long-lived blocks, some of which outlive their thread or move to
 * another: {@code mstress}.
 *
 * <p>Source: the description in mimalloc-bench (Leijen). Sizes are powers of two there too; what
 * moves between threads does so at fixed places here, so that every run is the same.
 *
 * <p>A lane does 6 rounds, each on a new thread, of 80,000 steps:
 *
 * <ol>
 *   <li>Allocate a block of 8 &times; 2^k bytes, k from 0 to 7, or of 64 times as much in one of
 *       100; first and last byte are written. In one of three it is an <em>old</em> block,
 *       otherwise a <em>young</em> one.
 *   <li>In two of three, free a random young block, if there is one; the last takes its place.
 *   <li>In one of four, exchange a random young block, if there is one, with the content of a
 *       random slot of a shelf of 1,000; if that was empty, the last young block takes the place.
 * </ol>
 *
 * At the end of a round its thread frees the young blocks, and the old blocks of the round before.
 * Then the lane gives its shelf to the next lane, and gets that of the lane before. After the last
 * round the lane frees the old blocks and the shelf.
 */
final class Mstress implements Kernel {
  private static final int ROUNDS = 6;
  private static final int STEPS = 80_000;
  private static final int SHELF = 1_000;
  private static final int LARGER = 64;

  private final Lane lane;
  private final Slots young = new Slots(STEPS);
  private final Slots shelf = new Slots(SHELF);
  private Slots old = new Slots(STEPS);
  private Slots older = new Slots(STEPS);
  private long sum;

  Mstress(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    sum = 0;
    for (int i = 0; i < ROUNDS; i++) {
      lane.onNewThread(this::round);
      shelf.move(0, lane.next().claim(), 0, SHELF);
      lane.next().give();
      lane.previous().first().move(0, shelf, 0, SHELF);
      lane.previous().take();
    }
    release(older);
    shelf.dropAll(0, SHELF);
    return sum;
  }

  private void round() {
    sum = lane.inCalls(STEPS, sum, this::steps);
    release(young);
    release(older);
    Slots emptied = older;
    older = old;
    old = emptied;
  }

  private static void release(Slots slots) {
    slots.dropAll(0, slots.count);
    slots.count = 0;
  }

  private long steps(int count, long before) {
    Numbers numbers = lane.numbers;
    long after = before;
    for (int i = 0; i < count; i++) {
      int size = (8 << numbers.below(8)) * (numbers.below(100) == 0 ? LARGER : 1);
      Slots kept = numbers.below(3) == 0 ? old : young;
      kept.putEnds(kept.count++, size);
      after = Kernel.mix(after, size);
      if (numbers.below(3) != 0 && young.count > 0) {
        int slot = numbers.below(young.count);
        young.drop(slot);
        fill(slot);
        after = Kernel.mix(after, slot);
      }
      if (numbers.below(4) == 0 && young.count > 0) {
        int slot = numbers.below(young.count);
        int place = numbers.below(SHELF);
        exchange(slot, place);
        after = Kernel.mix(Kernel.mix(after, slot), place);
      }
    }
    return after;
  }

  private void fill(int slot) {
    young.count--;
    if (slot != young.count) {
      young.move(young.count, slot);
    }
  }

  private void exchange(int slot, int place) {
    long block = young.blocks[slot];
    int size = young.sizes[slot];
    young.blocks[slot] = shelf.blocks[place];
    young.sizes[slot] = shelf.sizes[place];
    shelf.blocks[place] = block;
    shelf.sizes[place] = size;
    if (!young.holds(slot)) {
      fill(slot);
    }
  }
}
