package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.cache.ProcessHeap;

class ThreadHeapTest {
  @Test
  void refusesToWorkWhenClosed() {
    ThreadHeap heap = ThreadHeap.open();
    long address = heap.allocate(64, 8);
    heap.close();
    heap.close();
    assertThrows(IllegalStateException.class, () -> heap.deallocate(address, 64, 8));
    assertThrows(IllegalStateException.class, () -> heap.allocate(64, 8));
    assertThrows(IllegalStateException.class, () -> heap.allocateZeroed(64, 8));
    assertThrows(IllegalStateException.class, () -> heap.usableSize(address, 64, 8));
    Heap.deallocate(address, 64, 8);
  }

  @Test
  void findsOutAboutOtherThreadsInItsSlowerPaths() throws Exception {
    ThreadHeap heap = ThreadHeap.open();
    long address = heap.allocate(64, 8);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                assertThrows(WrongThreadException.class, () -> heap.reallocate(address, 64, 5, 8));
                assertThrows(WrongThreadException.class, () -> heap.usableSize(address, 64, 8));
                assertThrows(WrongThreadException.class, heap::close);
              } catch (Throwable t) {
                failure.set(t);
              }
            })
        .join();
    assertNull(failure.get());
    heap.deallocate(address, 64, 8);
  }

  @Test
  void givesTheCacheOfAVirtualThreadBack() throws Exception {
    int before = ProcessHeap.CACHED.caches().owners();
    AtomicReference<Integer> within = new AtomicReference<>();
    Thread.startVirtualThread(
            () -> {
              try (ThreadHeap heap = ThreadHeap.open()) {
                for (int i = 0; i < 1000; i++) {
                  long address = heap.allocate(64, 8);
                  LockSupport.parkNanos(1);
                  heap.deallocate(address, 64, 8);
                }
                within.set(ProcessHeap.CACHED.caches().owners());
              }
            })
        .join();
    assertEquals(before + 1, within.get());
    assertEquals(before, ProcessHeap.CACHED.caches().owners());
  }

  @Test
  void leftOpenByAVirtualThreadIsGivenBackAfterItsEnd() throws Exception {
    int before = ProcessHeap.CACHED.caches().owners();
    Thread.startVirtualThread(() -> ThreadHeap.open().allocate(64, 8)).join();
    ProcessHeap.CACHED.caches().sweep();
    assertEquals(before, ProcessHeap.CACHED.caches().owners());
  }
}
