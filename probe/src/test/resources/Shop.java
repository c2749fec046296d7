import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program behind the picture of docs/metrics.md: it takes memory of one kind after another. */
final class Shop {
  private static final int MB = 1 << 20;
  private static final List<Object> HELD = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    phase("start");
    for (int i = 0; i < 120; i++) {
      HELD.add(new byte[MB]);
    }
    phase("java heap");
    for (int i = 0; i < 80; i++) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(MB);
      for (int at = 0; at < MB; at += 512) {
        buffer.put(at, (byte) 1);
      }
      HELD.add(buffer);
    }
    phase("direct");
    List<ByteBuf> netty = new ArrayList<>();
    byte[] content = new byte[16 << 10];
    for (int i = 0; i < 200 * 64; i++) {
      ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(content.length);
      netty.add(buffer.writeBytes(content));
    }
    phase("netty");
    map();
    phase("file");
    for (int i = 0; i < netty.size(); i++) {
      if (i % 64 != 0) {
        netty.get(i).release();
      }
    }
    phase("released");
    System.out.println("end " + System.currentTimeMillis() + " " + netty.get(0));
  }

  private static void map() throws Exception {
    Path file = Files.write(Files.createTempFile("index", ""), new byte[100 * MB]);
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      int sum = 0;
      for (int at = 0; at < mapped.limit(); at += 4096) {
        sum += mapped.get(at);
      }
      HELD.add(mapped);
      HELD.add(sum);
    }
    Files.delete(file);
  }

  private static void phase(String name) throws Exception {
    System.out.println(name + " " + System.currentTimeMillis());
    Thread.sleep(Integer.getInteger("phase", 14) * 1000L);
  }
}
