import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;
import org.onemalloc.TaggedHeap;

/** Allocates with the library in several threads, and prints whose blocks these are. */
public class Library {
  public static void main(String[] arguments) throws Exception {
    List<long[]> handed = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(Thread.ofPlatform().start(() -> work(handed)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    handed.forEach(block -> Heap.deallocate(block[0], block[1], 16));
    TaggedHeap tagged = Heap.tagged("part");
    tagged.deallocate(tagged.allocate(100, 16), 100, 16);
    System.out.println("allocator " + Heap.binding().allocator());
  }

  private static void work(List<long[]> handed) {
    for (int size = 1; size < 40_000; size += 67) {
      long block = Heap.allocate(size, 16);
      block = Heap.reallocate(block, size, size + 100L, 16);
      synchronized (handed) {
        handed.add(new long[] {block, size + 100L});
        long[] other = handed.remove(handed.size() / 2);
        Heap.deallocate(other[0], other[1], 16);
      }
      try (HeapArena arena = HeapArena.ofConfined()) {
        MemorySegment segment = arena.allocate(size, 64);
        segment.set(ValueLayout.JAVA_BYTE, size - 1L, (byte) 1);
      }
    }
  }
}
