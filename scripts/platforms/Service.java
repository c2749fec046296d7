import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A JVM to profile and to watch, for every JDK: it allocates direct buffers until it is ended. */
public class Service {
  public static void main(String[] arguments) throws Exception {
    System.out.println("ready");
    List<ByteBuffer> kept = new ArrayList<>();
    for (int i = 0; i < 1200; i++) {
      kept.add(ByteBuffer.allocateDirect(100000));
      if (kept.size() > 100) {
        kept.clear();
      }
      Thread.sleep(100);
    }
  }
}
