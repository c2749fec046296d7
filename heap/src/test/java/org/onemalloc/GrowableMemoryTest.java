package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.bind.DirectHeap;
import org.onemalloc.internal.cache.CountingBackend;
import org.onemalloc.internal.cache.TestHeaps;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.KeptMappings;
import org.onemalloc.internal.system.Mappings;
import org.onemalloc.internal.system.Memory;

class GrowableMemoryTest {
  private static final Mappings REAL = Mappings.here(TestHeaps.PLATFORM);
  private static final Bound BOUND = TestHeaps.process();
  private static final CountingBackend BACKEND = CountingBackend.of(BOUND.backend());
  private static final Allocator HEAP = new DirectHeap(BACKEND, "counting");

  private static final class Refusing implements Mappings {
    private long live;
    private int calls;
    private int refuseEvery;

    Refusing(int refuseEvery) {
      this.refuseEvery = refuseEvery;
    }

    private boolean refused() {
      return refuseEvery != 0 && ++calls % refuseEvery == 0;
    }

    @Override
    public long map(long size) {
      long address = refused() ? 0 : REAL.map(size);
      live += address == 0 ? 0 : size;
      return address;
    }

    @Override
    public long remap(long address, long oldSize, long newSize) {
      long moved = refused() ? 0 : REAL.remap(address, oldSize, newSize);
      live += moved == 0 ? 0 : newSize - oldSize;
      return moved;
    }

    @Override
    public void unmap(long address, long size) {
      live -= size;
      REAL.unmap(address, size);
    }
  }

  private static void linux() {
    assumeTrue(REAL != null, "large mappings are not tested: this is not Linux");
  }

  private static void model(Mappings mappings, long seed, int steps) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] shadow = new byte[0];
    try (GrowableMemory memory = new GrowableMemory(0, HEAP, mappings)) {
      for (int i = 0; i < steps; i++) {
        int bits = random.nextInt(24);
        int size = random.nextInt(20) == 0 ? 0 : random.nextInt(1 << bits, 2 << bits);
        try {
          memory.resize(size);
        } catch (OutOfMemoryError e) {
          size = shadow.length;
        }
        assertEquals(size, memory.size());
        assertEquals(0, memory.address() % GrowableMemory.ALIGNMENT);
        MemorySegment segment = memory.segment();
        int kept = Math.min(size, shadow.length);
        assertEquals(
            -1,
            MemorySegment.mismatch(segment, 0, kept, MemorySegment.ofArray(shadow), 0, kept),
            "kept");
        byte[] next = new byte[size];
        System.arraycopy(shadow, 0, next, 0, kept);
        for (int at = kept; at < size; at += 997) {
          next[at] = (byte) random.nextInt();
        }
        MemorySegment.copy(next, 0, segment, JAVA_BYTE, 0, size);
        shadow = next;
      }
    }
  }

  @Test
  void keepsItsContentsAtEverySize() {
    linux();
    Refusing mappings = new Refusing(0);
    for (int seed = 0; seed < 6; seed++) {
      model(mappings, seed, 120);
    }
    assertEquals(0, mappings.live);
    assertTrue(BACKEND.live().isEmpty());
  }

  @Test
  void keepsItsContentsInMappingsThatWereKept() {
    linux();
    for (int every = 0; every < 5; every++) {
      Refusing system = new Refusing(every);
      KeptMappings kept = new KeptMappings(system, 16 << 20);
      for (int seed = 0; seed < 4; seed++) {
        model(kept, seed, 120);
        assertEquals(kept.bytes(), system.live);
      }
      kept.drain();
      assertEquals(0, system.live);
    }
    assertTrue(BACKEND.live().isEmpty());
  }

  @Test
  void keepsItsContentsWithoutMappings() {
    model(null, 7, 120);
    assertTrue(BACKEND.live().isEmpty());
  }

  @Test
  void keepsItsContentsWhereTheSystemRefusesMappings() {
    linux();
    for (int every = 1; every < 5; every++) {
      Refusing mappings = new Refusing(every);
      model(mappings, 10 + every, 120);
      assertEquals(0, mappings.live);
    }
    assertTrue(BACKEND.live().isEmpty());
  }

  @Test
  void keepsItsContentsWhenTheHeapRunsOutToo() {
    linux();
    Refusing mappings = new Refusing(2);
    for (int call = 0; call < 60; call += 3) {
      BACKEND.fail(call, call + 4);
      model(mappings, 20 + call, 20);
      BACKEND.fail(0, 0);
    }
    assertEquals(0, mappings.live);
    assertTrue(BACKEND.live().isEmpty());
  }

  @Test
  void keepsItsContentsWithoutHugePages() {
    linux();
    int setThpDisable = 41;
    MemorySegment prctl = Linker.nativeLinker().defaultLookup().findOrThrow("prctl");
    assumeTrue(
        (int) Calls.critical(prctl, setThpDisable, 1, 0) == 0,
        "growth without huge pages is not tested: prctl(PR_SET_THP_DISABLE) is refused");
    try {
      model(REAL, 30, 120);
    } finally {
      Calls.critical(prctl, setThpDisable, 0, 0);
    }
  }

  @Test
  void mapsWhatIsLargeAndAlignsItForHugePages() {
    linux();
    try (GrowableMemory memory = new GrowableMemory(100, HEAP, REAL)) {
      assertFalse(memory.isMapped());
      memory.resize(3 << 20);
      assertTrue(memory.isMapped());
      for (long size = 5 << 20; size < 200 << 20; size += size / 2) {
        memory.resize(size);
        assertEquals(0, memory.address() % Mappings.HUGE);
      }
      memory.resize(GrowableMemory.MAP_MIN - 1);
      assertTrue(memory.isMapped());
      memory.resize(100);
      assertFalse(memory.isMapped());
    }
  }

  @Test
  void aDetachedMappingIsABlockOfTheHeap() {
    for (int size : new int[] {0, 100, 5 << 20}) {
      GrowableMemory memory = GrowableMemory.allocate(size);
      memory.segment().fill((byte) 42);
      long block = memory.detach();
      for (long at = 0; at < size; at += 1000) {
        assertEquals(42, Memory.ALL.get(JAVA_BYTE, block + at));
      }
      assertThrows(IllegalStateException.class, memory::address);
      assertThrows(IllegalStateException.class, memory::detach);
      memory.close();
      long moved = Heap.reallocate(block, size, 10, GrowableMemory.ALIGNMENT);
      Heap.deallocate(moved, 10, GrowableMemory.ALIGNMENT);
    }
  }

  @Test
  void cFreesWhatWasDetached() throws Exception {
    assumeTrue(Heap.binding().sharedWithC(), "the heap is private");
    GrowableMemory memory = GrowableMemory.allocate(3 << 20);
    new CSide().free(memory.detach());
  }

  @Test
  void segmentsDieWhenTheMemoryChanges() {
    GrowableMemory memory = GrowableMemory.allocate(16);
    MemorySegment first = memory.segment();
    first.set(JAVA_LONG, 8, 5);
    assertEquals(first.address(), memory.segment().address());
    memory.resize(64);
    assertThrows(IllegalStateException.class, () -> first.get(JAVA_LONG, 8));
    MemorySegment second = memory.segment();
    assertEquals(5, second.get(JAVA_LONG, 8));
    assertNotEquals(0, memory.address());
    memory.close();
    memory.close();
    assertThrows(IllegalStateException.class, () -> second.get(JAVA_LONG, 8));
    assertThrows(IllegalStateException.class, memory::segment);
    assertThrows(IllegalStateException.class, () -> memory.resize(1));
  }

  @Test
  void refusesWhatCannotBeAndStaysAsItWas() {
    try (GrowableMemory memory = GrowableMemory.allocate(3 << 20)) {
      memory.segment().set(JAVA_LONG, 0, 7);
      long before = memory.address();
      assertThrows(IllegalArgumentException.class, () -> memory.resize(-1));
      assertThrows(OutOfMemoryError.class, () -> memory.resize(1L << 50));
      assertThrows(OutOfMemoryError.class, () -> memory.resize(Long.MAX_VALUE - 100));
      assertEquals(before, memory.address());
      assertEquals(7, memory.segment().get(JAVA_LONG, 0));
    }
    assertThrows(IllegalArgumentException.class, () -> GrowableMemory.allocate(-1));
    assertThrows(OutOfMemoryError.class, () -> GrowableMemory.allocate(1L << 50));
  }
}
