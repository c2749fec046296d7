package org.onemalloc.benchmarks;

import static org.onemalloc.benchmarks.Row.peer;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.benchmarks.Measure.Jmh;
import org.onemalloc.benchmarks.Measure.Program;

/**
 * The adapters beside what their libraries use: the rows of docs/adapters.md. The goal is half the
 * time of the best of theirs below 4 KB, and no more above.
 */
final class AdapterRows {
  private static final String[] BYTES = {"64", "1024", "16384", "1048576"};
  private static final String[] NAMES = {"64", "1k", "16k", "1m"};

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

  static Program by(Program program, String allocator) {
    List<String> options = new ArrayList<>(List.of(Rows.netty()));
    options.add("-Dbench.buffers=" + allocator);
    return program.jvm(options.toArray(String[]::new));
  }
}
