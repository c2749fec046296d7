package org.onemalloc.internal.checked;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onemalloc.Heap;
import org.onemalloc.HeapListener;
import org.onemalloc.internal.bind.DirectHeap;
import org.onemalloc.internal.cache.TallyBackend;
import org.onemalloc.internal.cache.TestHeaps;
import org.onemalloc.internal.listen.Listeners;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/** The heap whose blocks have pages of their own, which fault. */
class ReadCheckedHeapTest {
  private static final TallyBackend BACKEND = TallyBackend.of(TestHeaps.process().backend());
  private static final CheckedHeap REST =
      new CheckedHeap(new DirectHeap(BACKEND, "tally"), true, 0);
  private static final FullHeap HEAP = ReadCheckedHeap.inFrontOf(REST, TestHeaps.PLATFORM);

  /** More than may live on pages. */
  private static final int MANY = 7000;

  private static final int LIVE_MAX = 6144;
  private static final int SLOTS = 8192;

  @BeforeEach
  void thereAreSuchPages() {
    assumeTrue(HEAP != REST, "not tested: this system gives no pages that fault");
    assertEquals(0, BACKEND.blocks().sum());
  }

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, BACKEND.blocks().sum());
    assertEquals(List.of(), HEAP.verify());
    Leaks leaks = new Leaks();
    HEAP.addTo(leaks);
    assertEquals(List.of(), leaks.sorted());
  }

  private static boolean onPages(long block) {
    return HEAP.sizeApart(block) >= 0;
  }

  @Test
  void endsBlocksWhereTheirPageEnds() {
    for (long size = 1; size <= ReadCheckedHeap.SIZE_MAX; size = size * 2) {
      long block = HEAP.allocate(size, 1);
      assertTrue(onPages(block), size + " bytes");
      assertEquals(0, (block + size) & 4095);
      HEAP.deallocate(block, size, 1);
    }
  }

  @Test
  void servesLargerBlocksAndAlignmentsWithoutPages() {
    long large = HEAP.allocate(ReadCheckedHeap.SIZE_MAX + 1, 8);
    long aligned = HEAP.allocate(64, 1 << 20);
    assertEquals(2, BACKEND.blocks().sum());
    assertEquals(-1, HEAP.sizeApart(large));
    assertEquals(0, aligned & ((1 << 20) - 1));
    HEAP.deallocate(large, ReadCheckedHeap.SIZE_MAX + 1, 8);
    HEAP.deallocate(aligned, 64, 1 << 20);
  }

  @Test
  void servesWhatHasNoRoomWithoutPages() {
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      blocks.add(HEAP.allocate(100, 8));
      Memory.put(blocks.getLast(), i);
    }
    assertEquals(LIVE_MAX, blocks.stream().filter(ReadCheckedHeapTest::onPages).count());
    assertEquals(MANY - LIVE_MAX, BACKEND.blocks().sum());
    for (int i = 0; i < MANY; i++) {
      assertEquals(i, Memory.get(blocks.get(i)));
      HEAP.deallocate(blocks.get(i), 100, 8);
    }
  }

  @Test
  void forgetsTheOldestFreedBlockFirst() {
    long block = HEAP.allocate(100, 8);
    HEAP.deallocate(block, 100, 8);
    for (int i = 0; i < SLOTS - 2; i++) {
      HEAP.deallocate(HEAP.allocate(100, 8), 100, 8);
    }
    assertEquals(List.of("FREED_TWICE"), found(() -> HEAP.deallocate(block, 100, 8)));
    long other = HEAP.allocate(100, 8);
    assertEquals(block, other);
    HEAP.deallocate(other, 100, 8);
  }

  @Test
  void zeroesWhatIsToBeZeroAlsoOnPagesUsedBefore() {
    for (int i = 0; i < 2 * MANY; i++) {
      long block = HEAP.allocateZeroed(200, 8);
      for (int j = 0; j < 200; j += 8) {
        assertEquals(0, Memory.get(block + j));
        Memory.put(block + j, -1);
      }
      HEAP.deallocate(block, 200, 8);
    }
  }

  @Test
  void fillsWhatNobodyHasWritten() {
    long block = HEAP.allocate(64, 8);
    assertEquals(Patterns.NEW, Memory.ALL.get(JAVA_BYTE, block + 63));
    HEAP.deallocate(block, 64, 8);
  }

  @Test
  void movesBlocksThatAreHandedOver() {
    long block = HEAP.allocate(64, 8);
    Memory.put(block, 7);
    long moved = HEAP.handOver(block, 64, 8);
    assertEquals(-1, HEAP.sizeApart(moved));
    assertEquals(7, Memory.get(moved));
    assertEquals(1, BACKEND.blocks().sum());
    BACKEND.deallocate(moved, BACKEND.actualSize(moved), 8);
  }

  @Test
  void takesBlocksOfTheHeapBehind() {
    long block = REST.allocate(64, 8);
    Memory.put(block, 7);
    long moved = HEAP.reallocate(block, 64, 500, 8);
    assertTrue(onPages(moved));
    assertEquals(7, Memory.get(moved));
    HEAP.deallocate(moved, 500, 8);
  }

  @Test
  void findsWritesBeforeABlockThatFillsItsPages() {
    long block = HEAP.allocate(8192, 4096);
    Memory.ALL.set(JAVA_BYTE, block - 1, (byte) 1);
    assertEquals(List.of("WRITTEN_BEFORE_START"), found(() -> HEAP.deallocate(block, 8192, 4096)));
  }

  @Test
  void isThePlainHeapWhereThereAreNoSuchPages() {
    assertSame(REST, ReadCheckedHeap.inFrontOf(REST, new Platform("macos", "arm64")));
    assertInstanceOf(ReadCheckedHeap.class, HEAP);
  }

  /** Returns the kinds of what is found, which in a JVM without a mode is printed. */
  private static List<String> found(Runnable mistake) {
    List<String> kinds = new ArrayList<>();
    HeapListener listener =
        new HeapListener() {
          @Override
          public void found(String kind, String report) {
            kinds.add(kind);
          }
        };
    Heap.addListener(listener);
    mistake.run();
    Listeners.remove(listener);
    return kinds;
  }
}
