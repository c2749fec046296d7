package org.onemalloc.bugs;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.GrowableMemory;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;
import org.onemalloc.ThreadHeap;

/**
 * A program without a mistake, for which nothing must be reported: every block is used and freed.
 */
final class Clean {
  private Clean() {}

  static void run() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int seed = i;
      Runnable work = () -> work(seed);
      threads.add(i % 2 == 0 ? new Thread(work) : Thread.ofVirtual().unstarted(work));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void work(int seed) {
    long end = System.nanoTime() + 1_000_000_000L;
    for (int i = seed; System.nanoTime() < end; i++) {
      long size = 1 + (i * 37L) % 9000;
      long alignment = 1L << (i % 8);
      long block =
          i % 3 == 0 ? Heap.allocateZeroed(size, alignment) : Heap.allocate(size, alignment);
      Raw.fill(block, size, i);
      long moved = Heap.reallocate(block, size, 2 * size, alignment);
      Raw.fill(moved, Heap.usableSize(moved, 2 * size, alignment), i);
      Heap.deallocate(moved, 2 * size, alignment);
      try (ThreadHeap heap = ThreadHeap.open();
          HeapArena arena = HeapArena.ofConfined();
          GrowableMemory memory = GrowableMemory.allocate(size)) {
        MemorySegment segment = arena.allocate(size, alignment);
        segment.fill((byte) i);
        arena.allocateFrom("a text").getString(0);
        memory.resize(3 * size);
        memory.segment().fill((byte) i);
        heap.deallocate(heap.allocate(64, 8), 64, 8);
      }
    }
  }
}
