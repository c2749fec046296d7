package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class CHeapTest extends CHeapContract {
  @Test
  void givesASmallBlockBackToTheThreadsCache() {
    assumeTrue(Heap.binding().threadCaches().startsWith("on"), "the heap has no thread caches");
    for (long size : new long[] {24, 64, 1000, 5000, 60_000}) {
      long block = CHeap.malloc(size);
      CHeap.free(block);
      long again = CHeap.malloc(size);
      assertEquals(block, again, () -> "a block of " + size);
      CHeap.free(again);
    }
  }

  @Test
  void movesNothingWithinAClass() {
    long block = CHeap.malloc(100);
    assertEquals(block, CHeap.realloc(block, 104));
    CHeap.free(block);
  }
}
