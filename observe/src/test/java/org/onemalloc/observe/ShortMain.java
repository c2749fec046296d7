package org.onemalloc.observe;

import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;

/** A program that ends after two allocations: a large one, and one that a limit refuses. */
public final class ShortMain {
  static final long SIZE = 1 << 20;

  private ShortMain() {}

  public static void main(String[] args) {
    TaggedHeap heap = Heap.tagged("short");
    heap.allocate(SIZE, 16);
    heap.limit(SIZE);
    try {
      heap.allocate(1, 1);
    } catch (OutOfMemoryError e) {
      System.out.println(ObservedMain.READY);
    }
  }
}
