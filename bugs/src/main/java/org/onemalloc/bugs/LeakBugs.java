package org.onemalloc.bugs;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.GrowableMemory;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;
import org.onemalloc.ThreadHeap;

/** Blocks that are never freed. */
final class LeakBugs {
  private LeakBugs() {}

  static List<Bug> all() {
    return List.of(
        Bug.of("leak-of-a-block", Bug.LEAKED, () -> Main.use(Heap.allocate(64, 8))),
        Bug.of("leak-of-a-large-block", Bug.LEAKED, () -> Main.use(Heap.allocate(100_000, 8))),
        Bug.of("leak-by-handle", Bug.LEAKED, LeakBugs::handle),
        Bug.of("leak-by-an-exception", Bug.LEAKED, LeakBugs::exception),
        Bug.of("leak-by-overwriting", Bug.LEAKED, LeakBugs::overwritten),
        Bug.of("leak-in-a-list", Bug.LEAKED, LeakBugs::list),
        Bug.of("leak-of-an-arena", Bug.LEAKED, LeakBugs::arena),
        Bug.of(
            "leak-of-growable-memory",
            Bug.LEAKED,
            () -> Main.use(GrowableMemory.allocate(500).address())));
  }

  private static void handle() {
    try (ThreadHeap heap = ThreadHeap.open()) {
      Main.use(heap.allocate(64, 8));
    }
  }

  private static void exception() {
    try {
      long block = Heap.allocate(64, 8);
      Main.use(Integer.parseInt("none"));
      Heap.deallocate(block, 64, 8);
    } catch (NumberFormatException e) {
      Main.use(0);
    }
  }

  private static void overwritten() {
    long block = Heap.allocate(64, 8);
    Main.use(block);
    block = Heap.allocate(128, 8);
    Heap.deallocate(block, 128, 8);
  }

  private static void list() {
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      blocks.add(Heap.allocate(32, 8));
    }
    for (int i = 1; i < blocks.size(); i++) {
      Heap.deallocate(blocks.get(i), 32, 8);
    }
  }

  @SuppressWarnings("MustBeClosedChecker")
  private static void arena() {
    Main.use(HeapArena.ofConfined().allocate(40).address());
  }
}
