package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.cache.ProcessHeap;

class GoodSizeTest {
  @Test
  void isASizeThatTheBlockHasAnyway() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 5000; i++) {
      long size = 1 + random.nextLong(1L << random.nextInt(1, 23));
      long good = Heap.goodSize(size);
      assertTrue(good >= size, good + " of " + size);
      assertTrue(good <= size + Math.max(64, size / 2), good + " of " + size);
      long block = Heap.allocate(size, 1);
      long actual = ProcessHeap.CACHED.direct().backend().actualSize(block);
      assertTrue(actual >= good, actual + " of " + good);
      Heap.deallocate(block, size, 1);
    }
  }

  @Test
  void isItsOwnGoodSize() {
    for (long size = 1; size < 100_000; size += 37) {
      long good = Heap.goodSize(size);
      assertEquals(good, Heap.goodSize(good));
    }
  }

  @Test
  void is0Of0AndRefusesNegativeSizes() {
    assertEquals(0, Heap.goodSize(0));
    assertThrows(IllegalArgumentException.class, () -> Heap.goodSize(-1));
    assertThrows(IllegalArgumentException.class, () -> Heap.goodSize(Long.MAX_VALUE));
  }
}
