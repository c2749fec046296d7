package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.CountingBackend;
import org.onemalloc.internal.cache.TestHeaps;

/** The backend returns null: at each call once, and from each call on for a while. */
class FailureTest {
  private final Bound bound = TestHeaps.process();
  private final CountingBackend backend = CountingBackend.of(bound.backend());

  private CachedHeap heap(CacheLimits limits) {
    return CachedHeap.of(backend, bound.classes(), "failing", limits, TestHeaps.PLATFORM);
  }

  private void returnsAll(CachedHeap heap) {
    if (heap.cached()) {
      heap.caches().mine().drain();
      heap.caches().emptyDepots();
      assertEquals(0, heap.caches().bytes());
    }
    assertEquals(0, backend.live().size());
  }

  @Test
  void oneFailureAtAnyCallIsSurvived() {
    for (CacheLimits limits :
        new CacheLimits[] {TestHeaps.LIMITS, TestHeaps.TIGHT, TestHeaps.OFF}) {
      CachedHeap heap = heap(limits);
      for (int k = 0; k < 400; k++) {
        backend.fail(k, k + 1);
        new Model(heap, k, 60).run(400);
        backend.fail(0, 0);
      }
      returnsAll(heap);
    }
  }

  @Test
  void aDroughtIsAnErrorThatLeavesAllBlocksWhole() {
    CachedHeap heap = heap(TestHeaps.LIMITS);
    int failures = 0;
    for (int k = 0; k < 200; k++) {
      backend.fail(k, k + 500);
      Model model = new Model(heap, k, 200);
      model.run(1000);
      failures += model.failures();
      backend.fail(0, 0);
    }
    assertTrue(failures > 1000, "failures " + failures);
    returnsAll(heap);
  }

  @Test
  void whatCachesHoldIsGivenBackBeforeAnError() {
    CachedHeap heap = heap(TestHeaps.LIMITS);
    long[] blocks = new long[500];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = heap.allocate(64, 8);
    }
    for (long block : blocks) {
      heap.deallocate(block, 64, 8);
    }
    assertTrue(backend.live().size() > 0);
    backend.fail(0, 1);
    long address = heap.allocate(1000, 8);
    assertEquals(1, backend.live().size());
    backend.fail(0, 0);
    heap.deallocate(address, 1000, 8);
    returnsAll(heap);
  }
}
