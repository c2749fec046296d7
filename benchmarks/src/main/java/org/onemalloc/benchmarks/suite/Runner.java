package org.onemalloc.benchmarks.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.onemalloc.Heap;

/**
 * The process that measures a workload on the heap. {@code suite.c} is its counterpart: the same
 * arguments, the same line.
 *
 * <p>The arguments are the workload, the number of lanes, the time to warm up in ms, the number of
 * repetitions to measure, and how much of the operations to do, in per cent. It prints the file
 * that defines {@code malloc}, the shortest repetition in ns, the peak of the resident memory in KB
 * of 1,024 bytes since the process was warm, and the checksum.
 */
public final class Runner {
  private static final Path PEAK = Path.of("/proc/self/clear_refs");
  private static final Path STATUS = Path.of("/proc/self/status");

  private Runner() {}

  /** Measures one workload. */
  public static void main(String[] arguments) {
    Workload workload = Workload.named(arguments[0]);
    int lanes = Integer.parseInt(arguments[1]);
    long warmUp = Long.parseLong(arguments[2]) * 1_000_000;
    int count = Integer.parseInt(arguments[3]);
    Crew crew = new Crew(workload.kernel(), lanes, Integer.parseInt(arguments[4]));
    Repetitions repetitions = new Repetitions(warmUp, count, Runner::forgetPeak);
    Path file = Heap.binding().file();
    crew.run(repetitions);
    System.out.printf(
        "%s %d %d %d%n", file, repetitions.shortest(), peak(), repetitions.checksum());
  }

  /** Sets the peak to what is resident now: the JIT's own memory while it compiled is no figure. */
  private static void forgetPeak() {
    try {
      Files.writeString(PEAK, "5"); // proc(5): 5 resets the peak resident set size
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long peak() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
