import com.datastax.driver.core.BoundStatement;
import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.PreparedStatement;
import com.datastax.driver.core.ResultSetFuture;
import com.datastax.driver.core.Session;
import com.datastax.driver.core.SocketOptions;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Writes rows and reads partitions, 64 requests at a time: {@code Load REQUESTS} of each kind. */
public final class Load {
  private static final int AT_ONCE = 64;

  private record Request(long began, ResultSetFuture answer) {}

  public static void main(String[] arguments) throws Exception {
    int requests = Integer.parseInt(arguments[0]);
    int partitions = requests / 20 + 1;
    SplittableRandom random = new SplittableRandom(1);
    SocketOptions patient =
        new SocketOptions().setReadTimeoutMillis(180_000).setConnectTimeoutMillis(60_000);
    try (Cluster cluster =
            Cluster.builder()
                .addContactPointsWithPorts(new InetSocketAddress("127.0.0.1", 19042))
                .withoutJMXReporting()
                .withSocketOptions(patient)
                .build();
        Session session = cluster.connect()) {
      session.execute(
          "create keyspace k with replication = {'class':'SimpleStrategy','replication_factor':1}");
      session.execute(
          "create table k.t (p int, q int, v blob, m text, primary key (p, q))"
              + " with compression = {'class':'ZstdCompressor'}");
      PreparedStatement write = session.prepare("insert into k.t (p, q, v, m) values (?, ?, ?, ?)");
      PreparedStatement read = session.prepare("select * from k.t where p = ?");
      measure(
          "write",
          requests,
          session,
          () ->
              write.bind(
                  random.nextInt(partitions), random.nextInt(40), value(random), "some text"));
      measure("read", requests, session, () -> read.bind(random.nextInt(partitions)));
    }
  }

  private static ByteBuffer value(SplittableRandom random) {
    byte[] bytes = new byte[100 + random.nextInt(900)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt() & 15);
    }
    return ByteBuffer.wrap(bytes);
  }

  private static void measure(
      String what, int requests, Session session, Supplier<BoundStatement> next) throws Exception {
    ArrayDeque<Request> open = new ArrayDeque<>();
    long[] latencies = new long[requests];
    int answered = 0;
    long began = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      if (open.size() == AT_ONCE) {
        latencies[answered++] = await(open.remove());
      }
      open.add(new Request(System.nanoTime(), session.executeAsync(next.get())));
    }
    while (!open.isEmpty()) {
      latencies[answered++] = await(open.remove());
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    Arrays.sort(latencies);
    report(
        "%ss/s %.0f%n%s-p99 %.2f ms%n"
            .formatted(what, requests / seconds, what, latencies[requests / 100 * 99] / 1e6));
  }

  private static long await(Request request) {
    request.answer().getUninterruptibly();
    return System.nanoTime() - request.began();
  }

  private static void report(String figures) throws Exception {
    System.out.print(figures);
    String file = System.getenv("ONEMALLOC_FIGURES");
    if (file != null) {
      Files.writeString(
          Path.of(file), figures, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  private Load() {}
}
