package org.onemalloc.bugs;

import java.util.List;
import org.onemalloc.Finding.Kind;
import org.onemalloc.GrowableMemory;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;
import org.onemalloc.ThreadHeap;

/** Writes before the start and past the end of live blocks. */
final class WriteBugs {
  private static final String PAST = Kind.WRITTEN_PAST_END.name();
  private static final String BEFORE = Kind.WRITTEN_BEFORE_START.name();

  private WriteBugs() {}

  static List<Bug> all() {
    return List.of(
        Bug.of("past-end-by-one", PAST, () -> written(64, 8, 64, 1)),
        Bug.of("past-end-by-eight", PAST, () -> written(64, 8, 64, 8)),
        Bug.of("past-end-of-an-odd-size", PAST, () -> written(37, 8, 37, 1)),
        Bug.of("past-end-with-a-gap", PAST, () -> written(64, 8, 80, 4)),
        Bug.of("past-end-of-an-aligned-block", PAST, () -> written(256, 256, 256, 1)),
        Bug.of("past-end-of-a-large-block", PAST, () -> written(100_000, 8, 100_000, 16)),
        Bug.of("past-end-by-a-terminator", PAST, WriteBugs::terminator),
        Bug.of("past-end-by-a-fill", PAST, WriteBugs::fill),
        Bug.of("past-end-after-shrinking", PAST, WriteBugs::shrunk),
        Bug.of("past-end-by-handle", PAST, WriteBugs::handle),
        Bug.of("past-end-of-a-segment", PAST, WriteBugs::segment),
        Bug.of("past-end-of-growable-memory", PAST, WriteBugs::growable),
        Bug.of("past-end-never-freed", PAST, WriteBugs::neverFreed),
        Bug.of("before-start-by-one", BEFORE, () -> written(64, 8, -1, 1)),
        Bug.of("before-start-by-eight", BEFORE, () -> written(64, 8, -8, 8)),
        Bug.of("before-start-of-a-large-block", BEFORE, () -> written(100_000, 8, -4, 4)));
  }

  private static void written(long size, long alignment, long at, int bytes) {
    long block = Heap.allocate(size, alignment);
    Raw.fill(block + at, bytes, 0x7f);
    Heap.deallocate(block, size, alignment);
  }

  private static void terminator() {
    String text = "sixteen letters!";
    long block = Heap.allocate(text.length(), 1);
    Raw.copy(text, block);
    Heap.deallocate(block, text.length(), 1);
  }

  private static void fill() {
    long block = Heap.allocateZeroed(100, 8);
    Raw.fill(block, 100 + 12, 1);
    Heap.deallocate(block, 100, 8);
  }

  private static void shrunk() {
    long block = Heap.reallocate(Heap.allocate(200, 8), 200, 100, 8);
    Raw.put(block + 100, 1);
    Heap.deallocate(block, 100, 8);
  }

  private static void handle() {
    try (ThreadHeap heap = ThreadHeap.open()) {
      long block = heap.allocate(64, 8);
      Raw.put(block + 64, 1);
      heap.deallocate(block, 64, 8);
    }
  }

  private static void segment() {
    try (HeapArena arena = HeapArena.ofConfined()) {
      long first = arena.allocate(40).address();
      arena.allocate(40);
      Raw.put(first + 40, 1);
    }
  }

  private static void growable() {
    try (GrowableMemory memory = GrowableMemory.allocate(500)) {
      Raw.put(memory.address() + 500, 1);
    }
  }

  private static void neverFreed() {
    Raw.put(Heap.allocate(64, 8) + 64, 1);
  }
}
