package org.onemalloc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.onemalloc.internal.system.Memory;

/** Allocates 64 MB, frees it, and prints what the heap says before, between and after. */
public final class StatisticsMain {
  private static final int BLOCKS = 1024;
  private static final long SIZE = 64 << 10;

  private StatisticsMain() {}

  public static void main(String[] args) throws Exception {
    try {
      run();
    } catch (HeapError e) {
      System.out.println("error=" + e.getMessage());
    }
  }

  private static void run() throws Exception {
    TaggedHeap tag = Heap.tagged("statistics/main");
    tag.usage().limit().ifPresent(limit -> System.out.println("limit=" + limit));
    print("before");
    long[] blocks = new long[BLOCKS];
    try {
      for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = Heap.allocate(SIZE, 16);
        Memory.ALL.asSlice(blocks[i], SIZE).fill((byte) 1);
      }
    } catch (OutOfMemoryError e) {
      System.out.println("refused=" + e.getMessage());
      return;
    }
    print("full");
    System.out.println("rss.full=" + residentBytes());
    for (long block : blocks) {
      Heap.deallocate(block, SIZE, 16);
    }
    Heap.purge();
    print("after");
    System.out.println("depots=" + Heap.statistics().caches().depotRows());
    System.out.println("rss.purged=" + residentBytes());
  }

  private static void print(String when) {
    HeapStatistics now = Heap.statistics();
    System.out.println("allocator=" + now.allocator());
    print(when + ".allocated", now.provider().allocated());
    print(when + ".active", now.provider().active());
    print(when + ".resident", now.provider().resident());
    print(when + ".retained", now.provider().retained());
    print(when + ".escaped", now.escapedBytes());
    System.out.println(when + ".live=" + now.liveBytes());
    for (HeapStatistics.SizeClass size : now.sizes()) {
      System.out.println(when + ".size." + size.upTo() + "=" + size.bytes());
    }
    for (HeapStatistics.ThreadUsage thread : now.threads()) {
      System.out.println(when + ".thread." + thread.name() + "=" + thread.allocatedBytes());
    }
  }

  private static void print(String name, OptionalLong bytes) {
    System.out.println(name + "=" + (bytes.isPresent() ? "" + bytes.getAsLong() : "unknown"));
  }

  private static long residentBytes() throws Exception {
    String statm = Files.readString(Path.of("/proc/self/statm"));
    return 4096 * Long.parseLong(statm.split(" ", -1)[1]);
  }
}
