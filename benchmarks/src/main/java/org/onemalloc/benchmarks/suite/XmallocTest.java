package org.onemalloc.benchmarks.suite;

import org.onemalloc.Heap;

/**
 * Threads that only allocate, and threads that only free what they are given: {@code xmalloc-test}.
 *
 * <p>Source: Lever and Boreham, "malloc() performance in a multithreaded Linux environment", USENIX
 * 2000, in the form of Kuszmaul's SuperMalloc (ISMM 2015), which moves batches.
 *
 * <ol>
 *   <li>A lane with an even number allocates 1,000 batches of 1,024 blocks and gives them to the
 *       next lane. The size is one of 17, each as likely: powers of two from 8 to 2,048 bytes, and
 *       from 12 on the middle between two of them. The size is written into the block.
 *   <li>A lane with an odd number frees them in order, after it has read the size from each.
 *   <li>A lane with an even number and no next one frees each batch itself before it makes another.
 * </ol>
 */
final class XmallocTest implements Kernel {
  private static final int[] SIZES = {
    8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048
  };
  private static final int BATCHES = 1_000;
  private static final int BLOCKS = 1_024;

  private final Lane lane;

  XmallocTest(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    boolean allocates = lane.index % 2 == 0;
    boolean frees = !allocates || lane.index + 1 == lane.lanes;
    Ring to = lane.next();
    // who does both uses the ring to the next lane, which takes nothing from it
    Ring from = allocates ? to : lane.previous();
    long sum = 0;
    for (int left = lane.scaled(BATCHES); left > 0; left--) {
      if (allocates) {
        sum = fill(to.claim(), sum);
        to.give();
      }
      if (frees) {
        sum = drain(from.first(), sum);
        from.take();
      }
    }
    return sum;
  }

  private long fill(Slots batch, long before) {
    long after = before;
    for (int i = 0; i < BLOCKS; i++) {
      int size = SIZES[lane.numbers.below(SIZES.length)];
      long block = Heap.allocate(size, ALIGNMENT);
      Words.set(block, size);
      batch.blocks[i] = block;
      batch.sizes[i] = size;
      after = Kernel.mix(after, size);
    }
    return after;
  }

  private static long drain(Slots batch, long before) {
    long after = before;
    for (int i = 0; i < BLOCKS; i++) {
      after = Kernel.mix(after, Words.get(batch.blocks[i]));
      batch.drop(i);
    }
    return after;
  }
}
