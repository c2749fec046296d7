package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ChecksTest {
  private final CachedHeap heap = TestHeaps.of(TestHeaps.process(), TestHeaps.LIMITS);

  private void refused(String why, long address, long size, long alignment) {
    ThreadCache mine = heap.caches().mine();
    IllegalStateException error =
        assertThrows(
            IllegalStateException.class,
            () -> Checks.deallocate(heap, mine, address, size, alignment));
    assertTrue(error.getMessage().contains(why), error.getMessage());
  }

  @Test
  void findASizeLargerThanTheBlock() {
    long address = heap.allocate(64, 8);
    refused("only 72 bytes", address, 500, 8);
    refused("only 72 bytes", address, 100_000, 8);
    heap.deallocate(address, 64, 8);
  }

  @Test
  void findABlockFreedTwice() {
    long address = heap.allocate(64, 8);
    heap.deallocate(address, 64, 8);
    refused("freed before", address, 64, 8);
  }

  @Test
  void findAnAddressThatIsNotAligned() {
    long address = heap.allocate(64, 8);
    refused("no multiple", address, 64, 1L << 40);
    heap.deallocate(address, 64, 8);
  }

  @Test
  void letAllThatIsLegalPass() {
    for (long size = 0; size < 3000; size++) {
      long address = heap.allocate(size, 32);
      Checks.deallocate(heap, heap.caches().mine(), address, size, 32);
      heap.deallocate(address, size, 32);
    }
  }
}
