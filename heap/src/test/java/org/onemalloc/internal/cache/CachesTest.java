package org.onemalloc.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Pages;

class CachesTest {
  private final Bound bound = TestHeaps.process();
  private final CountingBackend backend = CountingBackend.of(bound.backend());
  private final CachedHeap heap = heap(TestHeaps.LIMITS);

  private CachedHeap heap(CacheLimits limits) {
    return CachedHeap.of(backend, bound.classes(), "counting", limits, TestHeaps.PLATFORM);
  }

  private static void churn(CachedHeap heap, int count) {
    long[] blocks = new long[count];
    for (int i = 0; i < count; i++) {
      blocks[i] = heap.allocate(1 + i % 1000, 8);
    }
    for (int i = 0; i < count; i++) {
      heap.deallocate(blocks[i], 1 + i % 1000, 8);
    }
  }

  @Test
  void keepWithinTheirBudgetAtEveryStep() {
    CachedHeap tight = heap(TestHeaps.TIGHT);
    SplittableRandom random = new SplittableRandom(4);
    List<long[]> blocks = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      if (blocks.isEmpty() || random.nextInt(100) < (i / 1000 % 2 == 0 ? 70 : 30)) {
        long size = 1 + random.nextLong(2000);
        blocks.add(new long[] {tight.allocate(size, 8), size});
      } else {
        long[] block = blocks.removeLast();
        tight.deallocate(block[0], block[1], 8);
      }
      long bytes = tight.caches().bytes();
      assertTrue(bytes <= TestHeaps.TIGHT.total(), "bytes " + bytes);
      long mine = tight.caches().mine().bytes();
      assertTrue(mine <= TestHeaps.TIGHT.thread() + 20_000, "thread " + mine);
    }
    for (long[] block : blocks) {
      tight.deallocate(block[0], block[1], 8);
    }
    tight.caches().mine().drain();
    tight.caches().emptyDepots();
    assertEquals(0, tight.caches().bytes());
    assertEquals(0, backend.live().size());
  }

  @Test
  void areOnWhereLowAddressesHaveRoomForTheTableAlone() {
    MemorySegment munmap = Linker.nativeLinker().defaultLookup().findOrThrow("munmap");
    long table = (Caches.SLOT_MASK + 1) * Rows.SIZE;
    long room = Pages.mapLow(table, TestHeaps.PLATFORM);
    List<long[]> taken = new ArrayList<>();
    for (long size = 1 << 30; size >= 4096; size /= 2) {
      for (long at; (at = Pages.mapLow(size, TestHeaps.PLATFORM)) != 0; ) {
        taken.add(new long[] {at, size});
      }
    }
    if (room != 0) { // the JVM may have taken all of it
      Calls.normal(munmap, room, table, 0);
    }
    try {
      CachedHeap cached = heap(TestHeaps.LIMITS);
      assertTrue(cached.cached());
      churn(cached, 1000);
    } finally {
      taken.forEach(mapping -> Calls.normal(munmap, mapping[0], mapping[1], 0));
    }
  }

  @Test
  void areOffWithABudgetOfZero() {
    CachedHeap off = heap(TestHeaps.OFF);
    churn(off, 1000);
    assertEquals(0, backend.live().size());
    assertNull(off.caches());
  }

  @Test
  void letBlocksFreedElsewhereFlowBack() throws Exception {
    int rounds = 2000;
    int batch = 200;
    BlockingQueue<long[]> queue = new ArrayBlockingQueue<>(2);
    Thread consumer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < rounds; i++) {
                    for (long address : take(queue)) {
                      heap.deallocate(address, 64, 8);
                    }
                  }
                });
    for (int i = 0; i < rounds; i++) {
      long[] blocks = new long[batch];
      for (int j = 0; j < batch; j++) {
        blocks[j] = heap.allocate(64, 8);
      }
      queue.put(blocks);
    }
    consumer.join();
    assertTrue(backend.peak().get() < 10 * batch, "peak " + backend.peak());
  }

  private static long[] take(BlockingQueue<long[]> queue) {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void ofDeadThreadsAreReturned() throws Exception {
    for (int i = 0; i < 300; i++) {
      Thread thread = Thread.ofPlatform().start(() -> churn(heap, 500));
      thread.join();
    }
    heap.caches().sweep();
    assertEquals(0, heap.caches().owners());
    heap.caches().emptyDepots();
    assertEquals(0, heap.caches().bytes());
    assertEquals(0, backend.live().size());
  }

  @Test
  void ofDeadThreadsGoToNewOnes() throws Exception {
    onNewThread(() -> churn(heap, 200));
    assertTrue(backend.live().size() > 200);
    for (int i = 0; i < 20; i++) {
      long before = heap.caches().bytes();
      backend.calls().set(0);
      onNewThread(
          () -> {
            for (int size = 1; size <= 200; size++) {
              heap.deallocate(heap.allocate(size, 8), size, 8);
            }
          });
      assertEquals(0, backend.calls().get());
      assertEquals(before, heap.caches().bytes());
      assertEquals(1, heap.caches().owners());
    }
    heap.caches().sweep();
    heap.caches().emptyDepots();
    assertEquals(0, heap.caches().bytes());
    assertEquals(0, backend.live().size());
  }

  @Test
  void ofDeadThreadsGoToNewOnesInTheSameSlot() throws Exception {
    Caches caches = heap.caches();
    AtomicReference<Thread> ended = new AtomicReference<>();
    onNewThread(
        () -> {
          ended.set(Thread.currentThread());
          churn(heap, 1000);
          caches.claimSpare(64);
        });
    long bytes = caches.bytes();
    onNewThread(
        () -> {
          int slot = (int) (ended.get().threadId() & Caches.SLOT_MASK);
          ThreadCache mine = caches.claim(Thread.currentThread(), slot, slot);
          assertEquals(Thread.currentThread().threadId(), Memory.get(mine.slot));
          assertEquals(bytes - 64, mine.bytes());
          mine.drain();
        });
    caches.sweep();
    caches.emptyDepots();
    assertEquals(0, caches.bytes());
    assertEquals(0, backend.live().size());
  }

  private static void onNewThread(Runnable work) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform().uncaughtExceptionHandler((t, e) -> failure.set(e)).start(work);
    thread.join();
    assertNull(failure.get());
  }

  @Test
  void ofDepotsDecay() throws Exception {
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < 20; i++) {
                    churn(heap, 20_000);
                  }
                });
    thread.join();
    for (int i = 0; i < 30; i++) {
      heap.caches().sweep();
    }
    assertEquals(0, heap.caches().bytes());
    assertEquals(0, backend.live().size());
  }

  @Test
  void areNotForVirtualThreads() throws Exception {
    int count = 100_000;
    CountDownLatch done = new CountDownLatch(count);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < count; i++) {
      long size = 1L + i % 5000;
      Thread.startVirtualThread(
          () -> {
            try {
              long address = heap.allocate(size, 16);
              Memory.put(address, 0);
              Thread.sleep(0, 1);
              heap.deallocate(address, size, 16);
              assertNull(heap.caches().mine());
            } catch (Throwable t) {
              failure.set(t);
            } finally {
              done.countDown();
            }
          });
    }
    done.await();
    assertNull(failure.get());
    assertEquals(0, heap.caches().owners());
    assertEquals(0, backend.live().size());
  }

  @Test
  void shareASlotWithoutMixingThreads() throws Exception {
    Caches caches = heap.caches();
    CountDownLatch seen = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread first =
        Thread.ofPlatform()
            .start(
                () -> {
                  churn(heap, 100);
                  seen.countDown();
                  await(end);
                  churn(heap, 100);
                });
    seen.await();
    AtomicReference<ThreadCache> cache = new AtomicReference<>();
    AtomicInteger owners = new AtomicInteger();
    Thread second;
    do {
      second =
          Thread.ofPlatform()
              .unstarted(
                  () -> {
                    churn(heap, 100);
                    cache.set(caches.mine());
                    owners.set(caches.owners());
                  });
    } while ((second.threadId() & Caches.SLOT_MASK) != (first.threadId() & Caches.SLOT_MASK));
    second.start();
    second.join();
    assertNotNull(cache.get());
    assertEquals(2, owners.get());
    end.countDown();
    first.join();
    caches.sweep();
    assertEquals(0, caches.owners());
    caches.emptyDepots();
    assertEquals(0, backend.live().size());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
