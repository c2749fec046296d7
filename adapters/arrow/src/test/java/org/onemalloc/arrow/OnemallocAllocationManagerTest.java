package org.onemalloc.arrow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.AllocationReservation;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.junit.jupiter.api.Test;
import org.onemalloc.Heap;

class OnemallocAllocationManagerTest {
  private static final long LIMIT = 64 << 20;

  private static RootAllocator root(AllocationListener listener) {
    return new RootAllocator(
        RootAllocator.configBuilder()
            .allocationManagerFactory(OnemallocAllocationManager.FACTORY)
            .listener(listener)
            .maxAllocation(LIMIT)
            .build());
  }

  private static RootAllocator root() {
    return root(AllocationListener.NOOP);
  }

  @Test
  void runsTheExampleOfTheDocumentation() {
    // docs/adapters.md
    try (BufferAllocator root =
            new RootAllocator(
                RootAllocator.configBuilder()
                    .allocationManagerFactory(OnemallocAllocationManager.FACTORY)
                    .roundingPolicy(HeapRoundingPolicy.INSTANCE)
                    .build());
        VarCharVector names = new VarCharVector("names", root)) {
      names.setSafe(0, "one heap".getBytes(UTF_8));
      names.setValueCount(1);
      assertEquals("one heap", names.getObject(0).toString());
    }
  }

  @Test
  void givesTheBlockOfABufferBackToTheHeap() {
    assumeTrue(Heap.binding().threadCaches().startsWith("on"), "the heap has no thread caches");
    try (RootAllocator root = root()) {
      ArrowBuf buffer = root.buffer(1024);
      long address = buffer.memoryAddress();
      buffer.close();
      long block = Heap.allocate(1024, 16);
      assertEquals(address, block);
      Heap.deallocate(block, 1024, 16);
    }
  }

  @Test
  void accountsForTheVerySizeAskedFor() {
    try (RootAllocator root = root()) {
      try (ArrowBuf small = root.buffer(100);
          ArrowBuf large = root.buffer((16 << 20) + 5)) {
        assertEquals(128, small.capacity());
        assertEquals((16 << 20) + 5, large.capacity());
        assertEquals(128 + (16 << 20) + 5, root.getAllocatedMemory());
      }
      assertEquals(0, root.getAllocatedMemory());
    }
  }

  @Test
  void takesAndGivesNothingForABufferOfSize0() {
    try (RootAllocator root = root()) {
      ArrowBuf empty = root.buffer(0);
      assertEquals(0, empty.capacity());
      assertEquals(0, root.getAllocatedMemory());
      empty.close();
      empty.close();
    }
  }

  @Test
  void keepsLimitsAndTellsTheListener() {
    List<String> told = new ArrayList<>();
    AllocationListener listener =
        new AllocationListener() {
          @Override
          public void onPreAllocation(long size) {
            told.add("before " + size);
          }

          @Override
          public void onAllocation(long size) {
            told.add("allocated " + size);
          }

          @Override
          public void onRelease(long size) {
            told.add("released " + size);
          }

          @Override
          public boolean onFailedAllocation(
              long size, org.apache.arrow.memory.AllocationOutcome outcome) {
            told.add("failed " + size);
            return false;
          }
        };
    try (RootAllocator root = root(listener)) {
      root.buffer(64).close();
      assertThrows(OutOfMemoryException.class, () -> root.buffer(LIMIT * 2));
      assertEquals(0, root.getAllocatedMemory());
    }
    assertEquals(
        List.of(
            "before 64",
            "allocated 64",
            "released 64",
            "before " + LIMIT * 2,
            "failed " + LIMIT * 2),
        told);
  }

  @Test
  void keepsReservations() {
    try (RootAllocator root = root()) {
      AllocationReservation reservation = root.newReservation();
      assertTrue(reservation.add(256L));
      assertTrue(reservation.add(256L));
      assertEquals(512, root.getAllocatedMemory());
      try (ArrowBuf buffer = reservation.allocateBuffer()) {
        assertEquals(512, buffer.capacity());
      }
      reservation.close();
      assertEquals(0, root.getAllocatedMemory());
    }
  }

  @Test
  void leavesNothingBehindWhenTheHeapHasNoSuchBlock() {
    try (RootAllocator root =
        new RootAllocator(
            RootAllocator.configBuilder()
                .allocationManagerFactory(OnemallocAllocationManager.FACTORY)
                .build())) {
      OutOfMemoryError error = assertThrows(OutOfMemoryError.class, () -> root.buffer(1L << 60));
      assertTrue(error.getMessage().contains("has no block of"), error.getMessage());
      assertEquals(0, root.getAllocatedMemory());
    }
  }

  @Test
  void freesTheBlockWhenTheAllocatorIsClosed() {
    RootAllocator root = root();
    root.close();
    assertThrows(IllegalStateException.class, () -> OnemallocAllocationManager.create(root, 64));
  }

  @Test
  void freesOnOtherThreadsAndVirtualOnes() throws Exception {
    try (RootAllocator root = root();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 50; t++) {
        ArrowBuf buffer = root.buffer(1000);
        all.add(
            threads.submit(
                () -> {
                  buffer.setLong(0, 7);
                  buffer.close();
                  ArrowBuf own = root.buffer(3000);
                  own.setZero(0, own.capacity());
                  own.close();
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
      assertEquals(0, root.getAllocatedMemory());
    }
  }

  @Test
  void transfersBlocksBetweenAllocators() {
    try (RootAllocator root = root();
        BufferAllocator from = root.newChildAllocator("from", 0, LIMIT);
        BufferAllocator to = root.newChildAllocator("to", 0, LIMIT)) {
      ArrowBuf buffer = from.buffer(256);
      buffer.setBytes(0, new byte[] {1, 2, 3});
      ArrowBuf moved =
          buffer.getReferenceManager().transferOwnership(buffer, to).getTransferredBuffer();
      buffer.close();
      byte[] read = new byte[3];
      moved.getBytes(0, read);
      assertArrayEquals(new byte[] {1, 2, 3}, read);
      assertEquals(0, from.getAllocatedMemory());
      assertEquals(256, to.getAllocatedMemory());
      moved.close();
    }
  }

  @Test
  void roundsToWhatABlockHolds() {
    for (long request : new long[] {1, 8, 100, 1000, 1025, 70_000, 1_000_000, 40_000_001}) {
      long rounded = HeapRoundingPolicy.INSTANCE.getRoundedSize(request);
      assertEquals(0, rounded % 8);
      assertTrue(rounded >= request, rounded + " of " + request);
      assertTrue(rounded <= request + Math.max(32, request / 4), rounded + " of " + request);
    }
    assertEquals(0, HeapRoundingPolicy.INSTANCE.getRoundedSize(0));
    assertThrows(
        IllegalArgumentException.class, () -> HeapRoundingPolicy.INSTANCE.getRoundedSize(-9));
  }
}
