package org.onemalloc.bugs;

import java.util.List;
import org.onemalloc.Finding.Kind;
import org.onemalloc.GrowableMemory;
import org.onemalloc.Heap;
import org.onemalloc.ThreadHeap;

/** Blocks freed more than once. */
final class FreeBugs {
  private static final String TWICE = Kind.FREED_TWICE.name();

  private FreeBugs() {}

  static List<Bug> all() {
    return List.of(
        Bug.of("twice-at-once", TWICE, FreeBugs::atOnce),
        Bug.of("twice-later", TWICE, FreeBugs::later),
        Bug.of("twice-on-another-thread", TWICE, FreeBugs::elsewhere),
        Bug.of("twice-after-reallocate", TWICE, FreeBugs::afterReallocate),
        Bug.of("twice-by-handle", TWICE, FreeBugs::handle),
        Bug.of("twice-a-large-block", TWICE, FreeBugs::large),
        Bug.of("twice-after-detach", TWICE, FreeBugs::detached),
        Bug.of("twice-by-two-owners", TWICE, FreeBugs::owners),
        Bug.of("reallocate-after-free", TWICE, FreeBugs::reallocated));
  }

  private static void atOnce() {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(block, 64, 8);
    Heap.deallocate(block, 64, 8);
  }

  private static void later() {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(block, 64, 8);
    for (int i = 0; i < 100; i++) {
      Heap.deallocate(Heap.allocate(200, 8), 200, 8);
    }
    Heap.deallocate(block, 64, 8);
  }

  private static void elsewhere() throws InterruptedException {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(block, 64, 8);
    Raw.elsewhere(() -> Heap.deallocate(block, 64, 8));
  }

  private static void afterReallocate() {
    long block = Heap.allocate(64, 8);
    long moved = Heap.reallocate(block, 64, 4000, 8);
    Heap.deallocate(moved, 4000, 8);
    Heap.deallocate(block, 64, 8);
  }

  private static void handle() {
    try (ThreadHeap heap = ThreadHeap.open()) {
      long block = heap.allocate(64, 8);
      heap.deallocate(block, 64, 8);
      heap.deallocate(block, 64, 8);
    }
  }

  private static void large() {
    long block = Heap.allocate(100_000, 8);
    Heap.deallocate(block, 100_000, 8);
    Heap.deallocate(block, 100_000, 8);
  }

  private static void detached() {
    long block = GrowableMemory.allocate(300).detach();
    Heap.deallocate(block, 300, GrowableMemory.ALIGNMENT);
    Heap.deallocate(block, 300, GrowableMemory.ALIGNMENT);
  }

  private static void owners() {
    long[] first = {Heap.allocate(48, 16)};
    long[] second = first.clone();
    for (long[] owner : List.of(first, second)) {
      Heap.deallocate(owner[0], 48, 16);
    }
  }

  private static void reallocated() {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(block, 64, 8);
    Heap.deallocate(Heap.reallocate(block, 64, 128, 8), 128, 8);
  }
}
