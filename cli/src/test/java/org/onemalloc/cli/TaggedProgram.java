package org.onemalloc.cli;

import java.util.concurrent.locks.LockSupport;
import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;

/** A program whose heap a test watches: 32 MB under one tag, and more as long as it is let live. */
public final class TaggedProgram {
  static final int BLOCKS = 512;
  static final long SIZE = 64 << 10;

  private TaggedProgram() {}

  public static void main(String[] arguments) {
    TaggedHeap index = Heap.tagged("search/index");
    index.limit(1 << 30);
    for (int i = 0; i < BLOCKS; i++) {
      index.allocate(SIZE, 16);
    }
    System.out.println("ready");
    TaggedHeap growing = Heap.tagged("search/queries");
    for (int i = 0; i < 6000; i++) { // a minute at least, should nobody end it
      growing.allocate(SIZE, 16);
      LockSupport.parkNanos(10_000_000);
    }
  }
}
