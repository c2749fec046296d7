package org.onemalloc.examples.netty;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * {@code EchoLoad PORT SECONDS}: opens connections that send messages of 64 B to 64 KB, each after
 * the answer to the one before. Prints requests per second, then the median, the 99th and the
 * 99.9th percentile of the response time in microseconds.
 */
public final class EchoLoad {
  private static final int CONNECTIONS = 16;
  private static final int SMALLEST = 64;
  private static final int DOUBLINGS = 11;

  private EchoLoad() {}

  /** Loads the server. */
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    double seconds = Double.parseDouble(arguments[1]);
    long end = System.nanoTime() + (long) (seconds * 1e9);
    List<Connection> connections = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      connections.add(new Connection(port, i, end));
    }
    connections.forEach(Thread::start);
    for (Connection connection : connections) {
      connection.join();
    }
    long[] times = connections.stream().flatMapToLong(Connection::times).sorted().toArray();
    System.out.printf(
        "%.0f %.0f %.0f %.0f%n",
        times.length / seconds, at(times, 0.5), at(times, 0.99), at(times, 0.999));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) (sorted.length * share)] / 1e3;
  }

  private static final class Connection extends Thread {
    private final int port;
    private final SplittableRandom random;
    private final long end;
    private long[] times = new long[1 << 16];
    private int count;

    Connection(int port, int seed, long end) {
      this.port = port;
      this.random = new SplittableRandom(seed);
      this.end = end;
    }

    java.util.stream.LongStream times() {
      return Arrays.stream(times, 0, count);
    }

    @Override
    public void run() {
      byte[] message = new byte[SMALLEST << DOUBLINGS];
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setTcpNoDelay(true);
        for (long now = System.nanoTime(); now < end; ) {
          int size = random.nextInt(SMALLEST << random.nextInt(DOUBLINGS)) + 1;
          exchange(socket, message, size);
          long after = System.nanoTime();
          note(after - now);
          now = after;
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void exchange(Socket socket, byte[] message, int size) throws IOException {
      socket.getOutputStream().write(message, 0, size);
      InputStream in = socket.getInputStream();
      if (in.readNBytes(message, 0, size) < size) {
        throw new IOException("The server closed the connection.");
      }
    }

    private void note(long time) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      times[count++] = time;
    }
  }
}
