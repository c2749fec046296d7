package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.account.Accounts;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.cache.ObservedBackend;
import org.onemalloc.internal.cache.TestHeaps;
import org.onemalloc.internal.listen.Listeners;

class ListenersTest {
  private final List<String> told = new ArrayList<>();
  private HeapListener listener;

  @AfterEach
  void tearDown() {
    Listeners.remove(listener);
  }

  private void listen(HeapListener added) {
    listener = added;
    Listeners.add(added);
  }

  @Test
  void samplesOnceForSoManyBytesTakenFromTheAllocator() {
    listen(
        new HeapListener() {
          @Override
          public void sampled(long bytes, long size, long alignment) {
            told.add(bytes + " " + size + " " + alignment);
          }
        });
    Backend backend = ObservedBackend.of(TestHeaps.process().backend(), 1000);
    long first = backend.allocate(600, 16);
    long second = backend.allocateZeroed(500, 32);
    assertEquals(List.of("1100 500 32"), told);
    first = backend.reallocate(first, 600, 1600, 16);
    assertEquals(List.of("1100 500 32", "1000 1600 16"), told);
    backend.deallocate(first, 1600, 16);
    backend.deallocate(second, 500, 32);
    assertEquals(2, told.size());
  }

  @Test
  void whatAListenerDoesIsToldToNobody() {
    Accounts accounts = new Accounts(false);
    TaggedHeap heap = new TaggedHeap(accounts.of("a"), TestHeaps.cachedProcess(), false);
    heap.limit(100);
    listen(
        new HeapListener() {
          @Override
          public void limitReached(Usage usage, long bytes) {
            told.add(usage.tag() + " " + bytes);
            assertThrows(OutOfMemoryError.class, () -> heap.allocate(500, 8));
          }
        });
    assertThrows(OutOfMemoryError.class, () -> heap.allocate(200, 8));
    assertEquals(List.of("a 200"), told);
  }

  @Test
  void oneThatThrowsIsNotCalledAgainAndTheCallGoesOn() {
    listen(
        new HeapListener() {
          @Override
          public void tagged(String tag) {
            told.add(tag);
            throw new IllegalStateException("broken");
          }
        });
    assertEquals("listeners/one", Heap.tagged("listeners/one").tag());
    assertEquals("listeners/two", Heap.tagged("listeners/two").tag());
    assertEquals(List.of("listeners/one"), told);
  }
}
