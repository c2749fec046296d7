package org.onemalloc.bugs;

import java.util.List;
import org.onemalloc.Finding.Kind;
import org.onemalloc.GrowableMemory;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;

/** Uses of freed blocks, and reads out of bounds. */
final class StaleBugs {
  private static final String AFTER = Kind.WRITTEN_AFTER_FREE.name();

  private StaleBugs() {}

  static List<Bug> all() {
    return List.of(
        Bug.of("after-free-first-byte", AFTER, () -> written(64, 0)),
        Bug.of("after-free-last-byte", AFTER, () -> written(64, 63)),
        Bug.of("after-free-of-a-large-block", AFTER, () -> written(100_000, 70_000)),
        Bug.of("after-free-past-end", AFTER, () -> written(64, 64)),
        Bug.of("after-free-on-another-thread", AFTER, StaleBugs::elsewhere),
        Bug.of("after-reallocate", AFTER, StaleBugs::reallocated),
        Bug.of("after-close-of-an-arena", AFTER, StaleBugs::arena),
        Bug.of("after-resize-of-growable-memory", AFTER, StaleBugs::growable),
        Bug.of("read-after-free", Bug.READ, StaleBugs::readFreed),
        Bug.of("read-past-end", Bug.READ, StaleBugs::readPast));
  }

  private static void written(long size, long at) {
    long block = Heap.allocate(size, 8);
    Heap.deallocate(block, size, 8);
    Raw.put(block + at, 1);
  }

  private static void elsewhere() throws InterruptedException {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(block, 64, 8);
    Raw.elsewhere(() -> Raw.put(block + 8, 1));
  }

  private static void reallocated() {
    long block = Heap.allocate(64, 8);
    long moved = Heap.reallocate(block, 64, 5000, 8);
    Raw.put(block + 8, 1);
    Heap.deallocate(moved, 5000, 8);
  }

  private static void arena() {
    long segment;
    try (HeapArena arena = HeapArena.ofConfined()) {
      segment = arena.allocate(40).address();
    }
    Raw.put(segment, 1);
  }

  private static void growable() {
    try (GrowableMemory memory = GrowableMemory.allocate(100)) {
      long before = memory.address();
      memory.resize(50_000);
      Raw.put(before, 1);
    }
  }

  private static void readFreed() {
    long block = Heap.allocate(64, 8);
    Heap.deallocate(block, 64, 8);
    Main.use(Raw.get(block));
  }

  private static void readPast() {
    long block = Heap.allocate(64, 8);
    Main.use(Raw.get(block + 64));
    Heap.deallocate(block, 64, 8);
  }
}
