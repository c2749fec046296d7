package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.checked.Checking;
import org.onemalloc.internal.system.Memory;

/** What a heap shared with C must do in every checked mode, if it is told what C will free. */
class HandOverContract {
  private final CSide c;

  HandOverContract() throws Exception {
    c = new CSide();
  }

  @Test
  void givesBlocksToTheFreeOfC() {
    long end = System.nanoTime() + 1_000_000_000L;
    for (long i = 1; System.nanoTime() < end; i++) {
      long size = 8 + i * 37 % 3000;
      long block = Heap.allocate(size, 16);
      Memory.put(block, i);
      long moved = HeapChecks.handOver(block, size, 16);
      assertEquals(i, Memory.get(moved));
      c.free(moved);
    }
  }

  @Test
  void leavesNothingBehind() {
    long block = Heap.allocate(1000, 16);
    c.free(HeapChecks.handOver(block, 1000, 16));
    assertTrue(
        HeapChecks.leaks().stream()
            .flatMap(leak -> leak.allocated().frames().stream())
            .noneMatch(frame -> frame.getMethodName().equals("leavesNothingBehind")));
    assertEquals(List.of(), HeapChecks.verify());
  }

  @Test
  void detachesGrowableMemoryForTheFreeOfC() {
    int count =
        Checking.READS ? 20_000 : 500_000; // of which some must be samples, or all are moved
    for (int i = 1; i < count; i++) {
      c.free(GrowableMemory.allocate(8 + i % 5000).detach());
    }
  }
}
