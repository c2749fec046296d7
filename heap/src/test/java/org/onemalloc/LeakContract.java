package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What is said of living blocks in every checked mode. */
class LeakContract {
  private static final String TAG = "contract/leaks";

  private final TaggedHeap heap = Heap.tagged(TAG);

  private static long leaked() {
    return HeapChecks.leaks().stream()
        .filter(leak -> leak.allocated().tag().equals(TAG))
        .mapToLong(Leak::bytes)
        .sum();
  }

  @Test
  void namesTheTagOfLivingBlocks() {
    boolean sampled = HeapChecks.mode() == HeapChecks.Mode.SAMPLED;
    long end = System.nanoTime() + 10_000_000_000L;
    long found;
    do {
      long block = heap.allocate(100, 8);
      found = leaked();
      heap.deallocate(block, 100, 8);
    } while (sampled && found == 0 && System.nanoTime() < end);
    assertEquals(HeapChecks.mode() == HeapChecks.Mode.OFF ? 0 : 100, found);
    assertEquals(0, leaked());
  }

  @Test
  void keepsTheTagOfABlockThatGrew() {
    long block = heap.reallocate(heap.allocate(100, 8), 100, 5000, 8);
    if (HeapChecks.mode() == HeapChecks.Mode.FULL) {
      assertEquals(5000, leaked());
    }
    heap.deallocate(block, 5000, 8);
    assertEquals(0, leaked());
  }
}
