package org.onemalloc.benchmarks;

import static org.onemalloc.benchmarks.Row.peer;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.benchmarks.Measure.Jmh;
import org.onemalloc.benchmarks.Measure.Program;

/**
 * The adapters and the allocators of their libraries: the rows of docs/adapters.md. The goal is
 * half the time of the library's best allocator below 4 KB, and at most its time above.
 */
final class AdapterRows {
  private static final String[] BYTES = {"64", "1024", "16384", "1048576"};
  private static final String[] NAMES = {"64", "1k", "16k", "1m"};

  /** A Java heap that is resident from the start. */
  private static final String[] RESIDENT = {"-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"};

  private AdapterRows() {}

  static void add(List<Row> rows) {
    for (int threads = 1; threads <= 2; threads++) {
      for (int i = 0; i < BYTES.length; i++) {
        Jmh pair = Jmh.of("Buffers.pair", Guard.OPERATIONS).with("bytes", BYTES[i]);
        rows.add(
            netty(
                "netty-pair-" + NAMES[i] + (threads == 1 ? "" : "-two"),
                "Netty: pair of " + BYTES[i] + " B, each of " + threads + " threads",
                pair.onThreads(threads),
                i < 2 ? 0.5 : 1));
      }
    }
    for (int i = 0; i < BYTES.length - 1; i++) {
      int bytes = Integer.parseInt(BYTES[i]);
      double goal = i < 2 ? 0.5 : 1;
      rows.add(
          Row.of(
              "netty-hand-over-" + NAMES[i],
              "Netty: " + bytes + " B allocated on one thread, released on another",
              handOver("ours", bytes),
              peer("Netty adaptive", goal, handOver("adaptive", bytes)),
              peer("Netty pooled", goal, handOver("pooled", bytes))));
    }
    rows.add(
        netty(
            "netty-window",
            "Netty: 1024 live buffers of 16-4111 B, a random one replaced",
            Jmh.of("Buffers.window", Guard.OPERATIONS),
            0.5));
    rows.add(
        netty(
                "netty-growth",
                "Netty: growth from 256 B to 1 MB by writing 64 B at a time",
                Jmh.of("Buffers.growth", 1000),
                1)
            .in("us"));
    rows.add(memory("live", "64 MB of buffers are live"));
    rows.add(memory("released", "all have been released for 5 s"));
  }

  private static Row memory(String when, String work) {
    return Row.of(
            "netty-memory-" + when,
            "Netty: resident after a shifting load, when " + work,
            resident(when, "ours"),
            peer("Netty adaptive", 1, resident(when, "adaptive")),
            peer("Netty pooled", 1, resident(when, "pooled")))
        .in("MB");
  }

  private static Program resident(String when, String allocator) {
    return by(Program.of(BufferResident.class, when), allocator, RESIDENT);
  }

  static Program handOver(String allocator, int bytes) {
    return by(Program.of(BufferHandOver.class, Integer.toString(bytes)), allocator);
  }

  private static Row netty(String name, String work, Jmh jmh, double goal) {
    return Row.of(
        name,
        work,
        by(jmh, "ours"),
        peer("Netty adaptive", goal, by(jmh, "adaptive")),
        peer("Netty pooled", goal, by(jmh, "pooled")));
  }

  private static Jmh by(Jmh jmh, String allocator) {
    List<String> options = new ArrayList<>(List.of(Rows.NETTY));
    options.add("-Dbench.buffers=" + allocator);
    return jmh.jvm(options.toArray(String[]::new));
  }

  private static Program by(Program program, String allocator, String... more) {
    List<String> options = new ArrayList<>(List.of(Rows.netty()));
    options.addAll(List.of(more));
    options.add("-Dbench.buffers=" + allocator);
    return program.jvm(options.toArray(String[]::new));
  }
}
