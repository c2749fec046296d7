import io.netty.buffer.ByteBuf;
import org.onemalloc.Heap;
import org.onemalloc.netty.OnemallocByteBufAllocator;

/**
 * Allocates through the library and through Netty, and prints the allocator that served the calls.
 */
final class Consumer {
  private Consumer() {}

  /** Runs the program. */
  public static void main(String[] arguments) {
    long block = Heap.allocate(64, 16);
    Heap.deallocate(block, 64, 16);
    ByteBuf buffer = OnemallocByteBufAllocator.DEFAULT.directBuffer(100);
    buffer.release();
    System.out.println("consumed " + Heap.binding().toString().lines().findFirst().orElseThrow());
  }
}
