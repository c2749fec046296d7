package org.onemalloc.benchmarks.suite;

import org.onemalloc.Heap;

/**
 * Small blocks that are written very often: {@code cache-thrash}, and {@code cache-scratch}. They
 * are slow if blocks of different threads share a cache line.
 *
 * <p>Source: Berger, McKinley, Blumofe and Wilson, "Hoard", ASPLOS 2000, who call it active false
 * sharing if the allocator gives parts of one line to several threads, and passive if a program
 * does so and the allocator keeps it up after the blocks were freed.
 *
 * <ol>
 *   <li>In {@code cache-scratch}, the first lane allocates a block of 8 bytes for each lane, and
 *       each lane frees its own.
 *   <li>A lane 100 times allocates a block of 8 bytes, sets it to 0, adds 1 to it 200,000 times,
 *       and frees it.
 * </ol>
 */
final class CacheLines implements Kernel {
  private static final int SIZE = 8;
  private static final int BLOCKS = 100;
  private static final int WRITES = 200_000;

  private final Lane lane;
  private final boolean given;

  private CacheLines(Lane lane, boolean given) {
    this.lane = lane;
    this.given = given;
  }

  static Kernel scratch(Lane lane) {
    return new CacheLines(lane, true);
  }

  static Kernel thrash(Lane lane) {
    return new CacheLines(lane, false);
  }

  @Override
  public long repeat() {
    if (given) {
      for (int i = 0; lane.index == 0 && i < lane.lanes; i++) {
        lane.desk.put(i, SIZE);
      }
      lane.meet();
      lane.desk.drop(lane.index);
    }
    long sum = 0;
    for (int i = 0; i < BLOCKS; i++) {
      long block = Heap.allocate(SIZE, ALIGNMENT);
      Words.set(block, 0);
      for (int left = lane.scaled(WRITES); left > 0; left -= Lane.CALL) {
        write(block, Math.min(left, Lane.CALL));
      }
      sum = Kernel.mix(sum, Words.get(block));
      Heap.deallocate(block, SIZE, ALIGNMENT);
    }
    return sum;
  }

  private static void write(long block, int times) {
    for (int i = 0; i < times; i++) {
      Words.increment(block);
    }
  }
}
