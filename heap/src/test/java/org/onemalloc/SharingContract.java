package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.onemalloc.internal.system.Memory;

/** What a heap shared with C must do. */
class SharingContract {
  private final CSide c;

  SharingContract() throws Exception {
    c = new CSide();
  }

  @Test
  void givesBlocksToTheFreeOfC() {
    for (int round = 0; round < 20; round++) {
      for (long size = 1; size < 3000; size++) {
        c.free(Heap.allocate(size, 8));
      }
      for (long size = 1; size < 1 << 22; size = size * 3 + 1) {
        c.free(Heap.allocateZeroed(size, 8));
        c.free(Heap.allocate(size, 256));
      }
    }
  }

  @Test
  void takesBlocksOfCByTheirUsableSize() {
    for (int round = 0; round < 20; round++) {
      for (long size = 1; size < 3000; size++) {
        long address = c.malloc(size);
        Heap.deallocate(address, c.usable(address), 1);
        address = c.memalign(64, size);
        Heap.deallocate(address, c.usable(address), 64);
      }
    }
  }

  @Test
  void takesBlocksOfCByTheSizeAskedForAndReusesThemWhole() {
    int count = 3000;
    for (int round = 0; round < 20; round++) {
      long all = c.blocks(count);
      for (int i = 0; i < count; i++) {
        Heap.deallocate(Memory.get(all + 8L * i), 1 + i, 1);
      }
      c.free(all);
      long[] mine = new long[count];
      for (int i = 0; i < count; i++) {
        mine[i] = Heap.allocate(1 + i, 1);
        Memory.ALL.asSlice(mine[i], 1 + i).fill((byte) i);
        assertTrue(c.usable(mine[i]) >= 1 + i);
      }
      for (int i = 0; i < count; i++) {
        assertEquals((byte) i, Memory.ALL.get(JAVA_BYTE, mine[i] + i));
        Heap.deallocate(mine[i], 1 + i, 1);
      }
    }
  }

  @Test
  void freesWhatStrdupAllocated() {
    long text = Heap.allocate(100, 1);
    Memory.ALL.setString(text, "seam");
    for (int i = 0; i < 10_000; i++) {
      long copy = c.strdup(text);
      assertEquals("seam", Memory.string(copy));
      Heap.deallocate(copy, "seam".length() + 1, 1);
    }
    c.free(text);
  }

  @Test
  void growsABlockOfC() {
    for (long size = 1; size < 100_000; size = size * 2 + 1) {
      long address = c.malloc(size);
      Memory.ALL.set(JAVA_BYTE, address, (byte) 5);
      long moved = Heap.reallocate(address, size, size * 3, 1);
      assertEquals(5, Memory.ALL.get(JAVA_BYTE, moved));
      c.free(moved);
    }
  }
}
