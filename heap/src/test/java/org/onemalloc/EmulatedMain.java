package org.onemalloc;

import java.lang.foreign.MemorySegment;

/** Allocates and frees blocks through the thread caches, and says whether they were on. */
public final class EmulatedMain {
  @SuppressWarnings("restricted") // all of memory
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private EmulatedMain() {}

  public static void main(String[] args) {
    long[] blocks = new long[500];
    for (int i = 0; i < 20_000; i++) {
      int at = i * 7919 % blocks.length;
      long size = 16 + at * 8L;
      if (blocks[at] != 0) {
        Heap.deallocate(blocks[at], size, 8);
      }
      blocks[at] = Heap.allocate(size, 8);
      ALL.asSlice(blocks[at], size).fill((byte) i);
    }
    System.out.println("caches " + Heap.binding().threadCaches().split(",", -1)[0]);
  }
}
