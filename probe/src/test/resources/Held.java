import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.onemalloc.probe.AllocatorProof;
import org.onemalloc.probe.BufferPool;
import org.onemalloc.probe.MemoryKind;
import org.onemalloc.probe.NativeMemory;
import org.onemalloc.probe.ProcessMemory;
import org.onemalloc.probe.TrackedMemory;

/**
 * A program that holds memory, looks at itself, prints what it sees, and waits for the end of its
 * input. It is run from its source, by Javas of several versions.
 */
final class Held {
  private static final List<Object> HELD = new ArrayList<>();
  private static final int MB = 1 << 20;

  public static void main(String[] arguments) throws Exception {
    // Classes are loaded, and the allocator is examined, before anything is counted.
    NativeMemory.look();
    NativeMemory before = NativeMemory.look();
    hold(arguments);
    NativeMemory seen = null;
    long first = 0;
    long last = 0;
    for (int i = 0; i < 3; i++) { // the last is of code that is loaded
      first = rollup();
      seen = NativeMemory.look();
      last = rollup();
    }
    print("rollup.first", first);
    print("rollup.last", last);
    print("VmRSS", ProcessMemory.ofThisProcess().rss());
    print("resident", seen.residentBytes());
    print("proportional", seen.proportionalBytes());
    print("unaccounted", seen.unaccountedBytes());
    print("grown.unaccounted", seen.unaccountedBytes() - before.unaccountedBytes());
    for (MemoryKind kind : MemoryKind.values()) {
      print("kind." + kind.id(), seen.residentBytes(kind));
      print("grown." + kind.id(), seen.residentBytes(kind) - before.residentBytes(kind));
    }
    for (BufferPool pool : seen.bufferPools()) {
      print("pool." + pool.name(), pool.usedBytes());
    }
    for (TrackedMemory category : seen.tracked()) {
      print("tracked." + category.category(), category.committed());
    }
    print("glibc.held", seen.glibc().heldBytes().orElse(-1));
    print("glibc.used", seen.glibc().usedBytes().orElse(-1));
    print("glibc.free", seen.glibc().freeBytes().orElse(-1));
    print("proven", AllocatorProof.ofThisProcess().isProven() ? 1 : 0);
    System.out.println("ready");
    while (System.in.read() >= 0) {}
  }

  private static long rollup() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps_rollup"))) {
      if (line.startsWith("Rss:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("no Rss");
  }

  private static void print(String name, long value) {
    System.out.println(name + "=" + value);
  }

  private static void hold(String[] arguments) throws Exception {
    int count = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
    switch (arguments[0]) {
      case "nothing" -> {}
      case "direct" -> {
        for (int i = 0; i < count; i++) {
          HELD.add(ByteBuffer.allocateDirect(MB));
        }
      }
      case "netty" -> {
        byte[] content = new byte[16 << 10];
        for (int i = 0; i < count * 64; i++) {
          HELD.add(ByteBufAllocator.DEFAULT.directBuffer(content.length).writeBytes(content));
        }
      }
      case "file" -> {
        try (FileChannel file = FileChannel.open(Path.of(arguments[2]))) {
          ByteBuffer mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
          for (int i = 0; i < mapped.limit(); i += 4096) {
            mapped.get(i);
          }
          HELD.add(mapped);
        }
      }
      case "threads" -> {
        CountDownLatch deep = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
          Thread thread = new Thread(null, () -> descend(2000, deep), "deep", 2 * MB);
          thread.setDaemon(true);
          thread.start();
        }
        deep.await();
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static int descend(int depth, CountDownLatch deep) {
    if (depth > 0) {
      return descend(depth - 1, deep) + 1;
    }
    deep.countDown();
    while (true) {
      java.util.concurrent.locks.LockSupport.park();
    }
  }
}
