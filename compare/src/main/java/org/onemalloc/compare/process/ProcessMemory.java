package org.onemalloc.compare.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The memory of one process in bytes, from /proc/PID/smaps_rollup and status (proc_pid_smaps(5)).
 *
 * @param rssBytes resident set size
 * @param pssBytes proportional set size: a page shared by n processes counts for 1/n
 * @param peakRssBytes the highest resident set size so far
 */
public record ProcessMemory(long rssBytes, long pssBytes, long peakRssBytes) {
  private static final ProcessMemory NONE = new ProcessMemory(0, 0, 0);

  /**
   * Reads all three sizes. For the proportional set size the kernel walks every page of the
   * process.
   *
   * @param pid the process id
   * @return zeros if it has ended
   */
  public static ProcessMemory of(long pid) {
    try {
      String rollup = read(pid, "smaps_rollup");
      return new ProcessMemory(
          kibibytes(rollup, "\nRss:"),
          kibibytes(rollup, "\nPss:"),
          kibibytes(read(pid, "status"), "\nVmHWM:"));
    } catch (IOException e) {
      return NONE;
    }
  }

  /**
   * Reads the sizes that the kernel keeps as counters, without a page walk.
   *
   * @param pid the process id
   * @return zeros if it has ended; the proportional set size is always 0
   */
  public static ProcessMemory counted(long pid) {
    try {
      String status = read(pid, "status");
      return new ProcessMemory(kibibytes(status, "\nVmRSS:"), 0, kibibytes(status, "\nVmHWM:"));
    } catch (IOException e) {
      return NONE;
    }
  }

  private static String read(long pid, String file) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/" + file), StandardCharsets.ISO_8859_1);
  }

  private static long kibibytes(String text, String label) {
    int start = text.indexOf(label);
    if (start < 0) {
      return 0;
    }
    int end = text.indexOf(" kB", start);
    return Long.parseLong(text.substring(start + label.length(), end).strip()) * 1024;
  }
}
