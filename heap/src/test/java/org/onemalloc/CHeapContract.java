package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What C promises of its six functions, with blocks of both sides mixed. */
@SuppressWarnings("restricted")
abstract class CHeapContract {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final CFunctions C = CFunctions.ofProcessHeap();
  private static final MethodHandle MALLOC =
      LINKER.downcallHandle(C.malloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle ALIGNED =
      LINKER.downcallHandle(
          C.alignedAlloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle REALLOC =
      LINKER.downcallHandle(C.realloc(), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE =
      LINKER.downcallHandle(C.free(), FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final int LIVE = 500;

  /** A block, and what is written all over it. */
  private record Live(long address, long size, byte mark) {}

  @Test
  void keepsEveryByteOfBlocksOfBothSides() throws Throwable {
    SplittableRandom random = new SplittableRandom(3);
    Live[] live = new Live[LIVE];
    for (int turn = 0; turn < 40_000; turn++) {
      int i = random.nextInt(LIVE);
      Live old = live[i];
      boolean grow = old != null && random.nextInt(4) == 0;
      long size =
          1 + random.nextLong(random.nextInt(50) == 0 ? 300_000 : 1 << random.nextInt(4, 14));
      byte mark = (byte) turn;
      long address;
      if (grow) {
        address = ours(random) ? CHeap.realloc(old.address, size) : realloc(old.address, size);
        check(address, Math.min(size, old.size), old.mark);
      } else {
        if (old != null) {
          check(old.address, old.size, old.mark);
          free(old.address, random);
        }
        address = fresh(size, random);
      }
      assertNotEquals(0, address);
      at(address, size).fill(mark);
      live[i] = new Live(address, size, mark);
    }
    for (Live block : live) {
      if (block != null) {
        check(block.address, block.size, block.mark);
        free(block.address, random);
      }
    }
  }

  private static boolean ours(SplittableRandom random) {
    return random.nextBoolean();
  }

  private static long realloc(long address, long size) throws Throwable {
    return (long) REALLOC.invokeExact(address, size);
  }

  private static long fresh(long size, SplittableRandom random) throws Throwable {
    long alignment = 1L << random.nextInt(4, 13);
    long whole = (size + alignment - 1) & -alignment;
    return switch (random.nextInt(6)) {
      case 0 -> (long) MALLOC.invokeExact(size);
      case 1 -> (long) ALIGNED.invokeExact(alignment, whole);
      case 2 -> aligned(CHeap.alignedAlloc(alignment, size | 1), alignment);
      case 3 -> zeros(CHeap.calloc(size, 1), size);
      case 4 -> HeapChecks.handOver(Heap.allocate(size, 1), size, 1);
      default -> CHeap.malloc(size);
    };
  }

  private static long aligned(long address, long alignment) {
    assertEquals(0, address & (alignment - 1));
    return address;
  }

  private static long zeros(long address, long size) {
    check(address, size, (byte) 0);
    return address;
  }

  private static void free(long address, SplittableRandom random) throws Throwable {
    if (ours(random)) {
      CHeap.free(address);
    } else {
      FREE.invokeExact(address);
    }
  }

  private static MemorySegment at(long address, long size) {
    return MemorySegment.ofAddress(address).reinterpret(size);
  }

  private static void check(long address, long size, byte mark) {
    MemorySegment block = at(address, size);
    for (long i = 0; i < size; i++) {
      if (block.get(JAVA_BYTE, i) != mark) {
        throw new AssertionError("byte " + i + " of " + size + " is not " + mark);
      }
    }
  }

  @Test
  void freesAndGrowsBlocksOfTheHeap() {
    long end = System.nanoTime() + 300_000_000L;
    for (long i = 1; System.nanoTime() < end; i++) {
      long size = 8 + i * 37 % 3000;
      long block = Heap.allocate(size, 16);
      at(block, size).fill((byte) i);
      if (i % 2 == 0) {
        block = CHeap.realloc(block, 2 * size);
        check(block, size, (byte) i);
      }
      CHeap.free(block);
    }
  }

  @Test
  void givesRealBlocksOfSize0() {
    long block = CHeap.malloc(0);
    assertTrue(block > 4096);
    CHeap.free(block);
    CHeap.free(CHeap.calloc(0, 7));
    CHeap.free(CHeap.alignedAlloc(64, 0));
    assertEquals(0, CHeap.realloc(CHeap.malloc(7), 0));
    CHeap.free(0);
  }

  @Test
  void answers0ToWhatThereCannotBe() {
    assertEquals(0, CHeap.malloc(-1));
    assertEquals(0, CHeap.malloc(Long.MAX_VALUE));
    assertEquals(0, CHeap.malloc(1L << 60));
    assertEquals(0, CHeap.calloc(1L << 40, 1L << 40));
    assertEquals(0, CHeap.calloc(-1, 1));
    assertEquals(0, CHeap.calloc(3, Long.MAX_VALUE / 2));
    assertEquals(0, CHeap.alignedAlloc(48, 100));
    assertEquals(0, CHeap.alignedAlloc(0, 100));
    assertEquals(0, CHeap.alignedAlloc(64, -5));
  }

  @Test
  void keepsABlockThatCannotGrow() {
    for (long size : new long[] {100, 1_000_000}) {
      long block = CHeap.malloc(size);
      at(block, size).fill((byte) 9);
      assertEquals(0, CHeap.realloc(block, -1));
      assertEquals(0, CHeap.realloc(block, 1L << 60));
      check(block, size, (byte) 9);
      CHeap.free(block);
    }
  }

  @Test
  void freesOnVirtualThreads() throws Exception {
    long block = CHeap.malloc(100);
    Thread.ofVirtual()
        .start(
            () -> {
              CHeap.free(block);
              long own = CHeap.malloc(3000);
              CHeap.free(CHeap.realloc(own, 100));
            })
        .join();
  }
}
