package org.onemalloc.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What this process holds, in bytes; {@link #UNKNOWN} where the kernel does not say. To read it is
 * cheaper than a {@linkplain NativeMemory look} at each mapping.
 *
 * @param rss resident memory
 * @param pss proportional memory: a page that n processes share counts as 1/n
 * @param peakRss the highest resident memory since the start of the process
 */
public record ProcessMemory(long rss, long pss, long peakRss) {
  /** A figure that is not known. */
  public static final long UNKNOWN = -1;

  /**
   * Returns the figures of this process.
   *
   * @return the figures; never throws
   */
  public static ProcessMemory ofThisProcess() {
    List<String> status = lines("/proc/self/status");
    return new ProcessMemory(
        bytes(status, "VmRSS:"),
        bytes(lines("/proc/self/smaps_rollup"), "Pss:"),
        bytes(status, "VmHWM:"));
  }

  /** Returns the highest resident memory alone: smaps_rollup counts every page of the process. */
  static long peakOfThisProcess() {
    return bytes(lines("/proc/self/status"), "VmHWM:");
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of(); // smaps_rollup is new in Linux 4.14
    }
  }

  /** Returns the value of a line as {@code VmRSS: 1234 kB}. */
  static long bytes(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .findFirst()
        .orElse(UNKNOWN);
  }
}
