package org.onemalloc.observe;

import java.util.concurrent.locks.LockSupport;
import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;

/** A program that a test observes from outside: it allocates under tags until it is told to end. */
public final class ObservedMain {
  static final String READY = "ready";

  private ObservedMain() {}

  public static void main(String[] args) throws Exception {
    TaggedHeap cache = Heap.tagged("store/cache");
    TaggedHeap log = Heap.tagged("store/log");
    log.limit(1 << 20);
    for (int i = 0; i < 64; i++) {
      fill(cache);
    }
    // until the recorder runs and the observer is there, in whatever order they come
    for (int i = 0; i < 2000 && !refused(log); i++) {
      LockSupport.parkNanos(1_000_000);
    }
    System.out.println(READY);
    if (args.length > 0) {
      int _ = System.in.read();
    }
  }

  private static void fill(TaggedHeap cache) {
    cache.allocate(256 << 10, 16);
  }

  private static boolean refused(TaggedHeap log) {
    fill(Heap.tagged("store/cache"));
    try {
      log.deallocate(log.allocate(2 << 20, 16), 2 << 20, 16);
      return false;
    } catch (OutOfMemoryError e) {
      return Heap.tagged("store/cache").usage().bytes() > 100 << 20;
    }
  }
}
