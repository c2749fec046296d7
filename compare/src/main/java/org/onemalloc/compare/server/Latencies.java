package org.onemalloc.compare.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * All values of a log of interval histograms that have one tag. A value is the highest that its
 * histogram does not tell from it, as in HdrHistogram.
 */
final class Latencies {
  private static final String VERSION = "#[Histogram log format version ";
  private static final String LEGEND = "\"StartTimestamp\"";
  private static final String TAG = "Tag=";

  private final NavigableMap<Long, Long> counts = new TreeMap<>();
  private long total;

  private Latencies() {}

  /**
   * Reads a log in the format 1.3 of HdrHistogram's HistogramLogWriter, or in an earlier one: lines
   * {@code [Tag=TAG,]START,LENGTH,MAX,HISTOGRAM} between comments.
   *
   * @return the values of each tag, in the order in which the tags begin; the tag of lines without
   *     one is empty
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if the file is not such a log or is damaged, whose message
   *     goes on with "it"
   */
  static Map<String, Latencies> inLog(Path file) throws IOException {
    Map<String, Latencies> found = new LinkedHashMap<>();
    int line = 0;
    int versions = 0;
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        line++;
        if (text.startsWith(VERSION) && ++versions > 1) {
          throw new IllegalArgumentException(
              "a second log begins in line %d; let the load write it anew".formatted(line));
        }
        if (!text.isBlank() && !text.startsWith("#") && !text.startsWith(LEGEND)) {
          read(text, line, found);
        }
      }
    }
    if (found.values().stream().allMatch(latencies -> latencies.total == 0)) {
      throw new IllegalArgumentException("there are no values in it");
    }
    found.values().removeIf(latencies -> latencies.total == 0);
    return found;
  }

  private static void read(String text, int line, Map<String, Latencies> found) {
    try {
      int comma = text.startsWith(TAG) ? text.indexOf(',') : -1;
      String tag = comma < 0 ? "" : text.substring(TAG.length(), comma);
      String[] fields = text.substring(comma + 1).split(",", -1);
      if (fields.length != 4) {
        throw new IllegalArgumentException("is not START,LENGTH,MAX,HISTOGRAM");
      }
      Latencies latencies = found.computeIfAbsent(tag, _ -> new Latencies());
      IntervalHistogram.forEach(fields[3].strip(), latencies::add);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "line %d is damaged or cut off (%s)".formatted(line, e.getMessage()), e);
    }
  }

  private void add(long value, long count) {
    counts.merge(value, count, Math::addExact);
    total = Math.addExact(total, count);
  }

  /** Returns the value that a part of all values, in percent, does not exceed. */
  double at(double percent) {
    // One below, as HdrHistogram has it, so that a product that is rounded up names no value more.
    long rank = Math.max(1, (long) Math.ceil(Math.nextDown(percent) * total / 100));
    long seen = 0;
    for (Map.Entry<Long, Long> each : counts.entrySet()) {
      seen += each.getValue();
      if (seen >= rank) {
        return each.getKey();
      }
    }
    return counts.lastKey();
  }
}
