package org.onemalloc.compare.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A log of interval histograms that the load writes to a file, as the writers of HdrHistogram do.
 * The log does not say in which unit its values are.
 *
 * @param name the name of its figures
 * @param file the log
 * @param perMilli how many of its unit are a millisecond
 */
public record HistogramLog(String name, Path file, double perMilli) {
  private static final String OPTION = "--histogram";

  /** Nanoseconds, which HdrHistogram's own tools assume, if nothing is given. */
  private static final Map<String, Double> UNITS = Map.of("", 1e6, "ns", 1e6, "us", 1e3, "ms", 1.0);

  /** Thrown for a log that cannot be read. The message is a sentence. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableException(String message) {
      super(message);
    }
  }

  /**
   * Reads the value of {@code --histogram}.
   *
   * @param text {@code NAME=FILE} or {@code NAME:UNIT=FILE}, where the unit is ns, us or ms
   * @return the log
   * @throws IllegalArgumentException if it is not of that form; the message is a sentence
   */
  public static HistogramLog parse(String text) {
    FigureName head = FigureName.parse(OPTION, text, "FILE");
    Double perMilli = UNITS.get(head.unit());
    if (perMilli == null) {
      throw new IllegalArgumentException(
          OPTION + " " + text + ": the unit of the values is ns, us or ms.");
    }
    if (head.rest().isEmpty()) {
      throw new IllegalArgumentException(OPTION + " " + text + " is not NAME=FILE.");
    }
    return new HistogramLog(head.name(), Path.of(head.rest()), perMilli);
  }

  /** Returns the log that a load writes which is started from now on. */
  Awaited await() {
    return new Awaited(this, Stamp.of(file));
  }

  /** What tells a file that was written from one that was left as it was. */
  private record Stamp(Object key, FileTime modified, long size) {
    static Optional<Stamp> of(Path file) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        return Optional.of(new Stamp(found.fileKey(), found.lastModifiedTime(), found.size()));
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }

  /** A log that is to be written. An older one of the same name is of another run. */
  record Awaited(HistogramLog log, Optional<Stamp> before) {
    /**
     * Returns the percentiles of the whole log in milliseconds, for each tag.
     *
     * @throws UnusableException if the log is not there, or is damaged
     */
    List<Measured> figures() throws UnusableException {
      Path file = log.file;
      Optional<Stamp> after = Stamp.of(file);
      if (after.isEmpty() || !Files.isRegularFile(file)) {
        throw unusable("the load has not written this file");
      }
      if (after.equals(before)) {
        throw unusable("it is as it was before the load");
      }
      try {
        List<Measured> figures = new ArrayList<>();
        Latencies.inLog(file).forEach((tag, latencies) -> log.add(tag, latencies, figures));
        return figures;
      } catch (IOException e) {
        throw unusable("it cannot be read: " + e.getMessage());
      } catch (IllegalArgumentException e) {
        throw unusable(e.getMessage());
      }
    }

    private UnusableException unusable(String why) {
      return new UnusableException(
          "%s %s: %s: %s, so the latencies are not known."
              .formatted(OPTION, log.name, log.file, why));
    }
  }

  private void add(String tag, Latencies latencies, List<Measured> figures) {
    String title = tag.isEmpty() ? name : name + " " + tag;
    // The table has room for two figures of a load at most: the 99th stands beside a rate.
    for (String percentile : List.of("p99", "p50", "p99.9")) {
      double value = latencies.at(Double.parseDouble(percentile.substring(1)));
      figures.add(new Measured(title + " " + percentile, "ms", value / perMilli, false));
    }
    figures.add(new Measured(title + " max", "ms", latencies.at(100) / perMilli, false));
  }
}
