package org.onemalloc.bugs;

import java.util.List;
import org.onemalloc.Finding.Kind;
import org.onemalloc.Heap;
import org.onemalloc.ThreadHeap;

/** Blocks freed with a wrong size or alignment. */
final class SizeBugs {
  private static final String SIZE = Kind.WRONG_SIZE.name();
  private static final String ALIGNMENT = Kind.WRONG_ALIGNMENT.name();

  private SizeBugs() {}

  static List<Bug> all() {
    return List.of(
        Bug.of("size-one-less", SIZE, () -> freed(64, 63)),
        Bug.of("size-one-more", SIZE, () -> freed(64, 65)),
        Bug.of("size-double", SIZE, () -> freed(64, 128)),
        Bug.of("size-of-a-pointer", SIZE, () -> freed(1000, 8)),
        Bug.of("size-far-too-large", SIZE, () -> freed(64, 1 << 20)),
        Bug.of("size-zero", SIZE, () -> freed(64, 0)),
        Bug.of("size-of-a-large-block", SIZE, () -> freed(100_000, 50_000)),
        Bug.of("size-by-handle", SIZE, SizeBugs::handle),
        Bug.of("size-in-reallocate", SIZE, SizeBugs::reallocate),
        Bug.of("size-in-usable-size", SIZE, SizeBugs::usable),
        Bug.of("size-in-resize", SIZE, SizeBugs::resize),
        Bug.of("size-of-a-block-of-c", SIZE, () -> Heap.deallocate(Raw.malloc(16), 4096, 1)),
        Bug.of("alignment-more", ALIGNMENT, () -> aligned(8, 16)),
        Bug.of("alignment-of-a-page", ALIGNMENT, () -> aligned(16, 4096)),
        Bug.of("alignment-less", ALIGNMENT, () -> aligned(256, 8)),
        Bug.of("alignment-in-reallocate", ALIGNMENT, SizeBugs::realign));
  }

  private static void freed(long size, long as) {
    Heap.deallocate(Heap.allocate(size, 8), as, 8);
  }

  private static void handle() {
    try (ThreadHeap heap = ThreadHeap.open()) {
      heap.deallocate(heap.allocate(100, 8), 120, 8);
    }
  }

  private static void reallocate() {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(Heap.reallocate(block, 32, 128, 8), 128, 8);
  }

  private static void usable() {
    long block = Heap.allocate(64, 8);
    long usable = Heap.usableSize(block, 1000, 8);
    Heap.deallocate(block, usable, 8);
  }

  private static void resize() {
    long block = Heap.allocate(64, 8);
    Heap.resizeInPlace(block, 640, 1000, 8);
    Heap.deallocate(block, 64, 8);
  }

  private static void aligned(long allocated, long freed) {
    Heap.deallocate(Heap.allocate(64, allocated), 64, freed);
  }

  private static void realign() {
    long block = Heap.allocate(64, 64);
    Heap.deallocate(Heap.reallocate(block, 64, 128, 8), 128, 8);
  }
}
