package org.onemalloc.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.onemalloc.internal.bind.Bound;

class SparesTest {
  private static final long SIZE = 1000;

  private final Bound bound = TestHeaps.process();
  private final CountingBackend backend = CountingBackend.of(bound.backend());
  private final CachedHeap heap =
      CachedHeap.of(backend, bound.classes(), "counting", TestHeaps.LIMITS, TestHeaps.PLATFORM);
  private final Caches caches = heap.caches();

  private void spare() {
    Thread thread = Thread.currentThread();
    caches.claimSpare(SIZE);
    caches.spares().words[Spares.place(thread.threadId()) + 1] = backend.allocate(SIZE, 1);
  }

  @Test
  void goBackWithTheCacheOfAnEndedThread() throws InterruptedException {
    Thread thread = Thread.ofPlatform().start(this::spare);
    thread.join();
    assertEquals(1, backend.live().size());
    caches.sweep();
    assertEquals(0, backend.live().size());
    assertEquals(0, caches.bytes());
    assertEquals(0, caches.spares().words[Spares.place(thread.threadId())]);
  }

  @Test
  void goBackWhenTheirThreadDrainsItsCache() {
    spare();
    assertEquals(1, backend.live().size());
    caches.mine().drain();
    assertEquals(0, backend.live().size());
  }

  @Test
  void countInTheBudgetOnce() {
    spare();
    caches.claimSpare(SIZE);
    assertEquals(SIZE, caches.bytes());
  }

  @Test
  void areNotForThreadsWithoutACache() throws InterruptedException {
    Thread.ofVirtual().start(() -> caches.claimSpare(SIZE)).join();
    assertEquals(0, caches.bytes());
  }

  @Test
  void aPlaceHasOneThread() {
    Spares spares = new Spares();
    assertTrue(spares.claim(7));
    assertFalse(spares.claim(7 + Spares.MASK + 1));
    assertEquals(0, spares.take(7 + Spares.MASK + 1));
    assertFalse(spares.release(7 + Spares.MASK + 1));
    assertTrue(spares.release(7));
    assertTrue(spares.claim(7 + Spares.MASK + 1));
  }
}
