package org.onemalloc.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.GrowableMemory;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;

/**
 * Prints the time that the JVM needs to reach a safepoint, in milliseconds: the 99th percentile
 * while one thread makes the heap's most expensive calls, or makes none.
 */
public final class Safepoints {
  private static final int SAFEPOINTS = 300;
  private static final long[] SIZES = {4 << 10, 64 << 10, 65 << 10, 1 << 20, 16 << 20, 64 << 20};
  private static final Pattern REACHING = Pattern.compile("Reaching safepoint:\\s*(\\d+) ns");

  private static volatile boolean done;

  private Safepoints() {}

  /** Runs one variant; the JVM must have been started with safepoints logged to bench.log. */
  public static void main(String[] arguments) throws Exception {
    Thread worker = new Thread(arguments[0].equals("heap") ? Safepoints::work : Safepoints::spin);
    worker.start();
    for (int i = 0; i < SAFEPOINTS; i++) {
      Thread.sleep(10);
      Thread.getAllStackTraces();
    }
    done = true;
    worker.join();
    List<Long> times = times();
    times.sort(null);
    System.out.println(times.get(times.size() * 99 / 100) / 1e6);
  }

  private static List<Long> times() throws IOException {
    List<Long> times = new ArrayList<>();
    Path log = Path.of(System.getProperty("bench.log"));
    for (String line : Files.readAllLines(log)) {
      Matcher matcher = REACHING.matcher(line);
      if (line.contains("ThreadDump") && matcher.find()) {
        times.add(Long.parseLong(matcher.group(1)));
      }
    }
    Files.deleteIfExists(log);
    return times;
  }

  private static void spin() {
    while (!done) {
      Thread.onSpinWait();
    }
  }

  private static void work() {
    while (!done) {
      for (long size : SIZES) {
        long p = Heap.allocateZeroed(size, 16);
        p = Heap.reallocate(p, size, 2 * size, 16);
        Heap.deallocate(p, 2 * size, 16);
        try (HeapArena arena = HeapArena.ofConfined()) {
          arena.allocate(size);
        }
        try (GrowableMemory memory = GrowableMemory.allocate(size)) {
          memory.resize(2 * size);
        }
      }
    }
  }
}
