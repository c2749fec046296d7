package study;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.onemalloc.Heap;

/**
 * {@code OffHeapCache OPERATIONS TIMES}: a cache of values outside the Java heap, the least recently used removed, as caches
 * on native memory keep them: sizes shift over time, and values are removed in another order than they came.
 */
public final class OffHeapCache {
  private static final int ENTRIES = 20_000;
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private OffHeapCache() {}

  private record Value(long block, int size) {}

  private static final class Recent extends LinkedHashMap<Integer, Value> {
    private static final long serialVersionUID = 1;

    Recent() {
      super(2 * ENTRIES, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, Value> eldest) {
      if (size() <= ENTRIES) {
        return false;
      }
      Heap.deallocate(eldest.getValue().block, eldest.getValue().size, 8);
      return true;
    }
  }

  public static void main(String[] arguments) throws Throwable {
    Counted.run(arguments, OffHeapCache::work);
  }

  private static long work(int operations, int pass) {
    Recent cache = new Recent();
    SplittableRandom random = new SplittableRandom(1);
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      int key = (int) Math.pow(4 * ENTRIES, random.nextDouble());
      Value found = cache.get(key);
      if (found != null && i % 4 != 0) {
        sum += ALL.get(ValueLayout.JAVA_INT_UNALIGNED, found.block) + found.size;
        continue;
      }
      // The sizes grow to four times as much on the way.
      int size = 32 + random.nextInt(64 << (4L * i / operations + random.nextInt(3)));
      long block = Heap.allocate(size, 8);
      ALL.asSlice(block, size).fill((byte) key);
      ALL.set(ValueLayout.JAVA_INT_UNALIGNED, block, key);
      Value old = cache.put(key, new Value(block, size));
      if (old != null) {
        Heap.deallocate(old.block, old.size, 8);
      }
    }
    for (Value value : cache.values()) {
      sum += value.size;
      Heap.deallocate(value.block, value.size, 8);
    }
    return sum;
  }
}
