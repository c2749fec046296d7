package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Run.Phase;
import org.onemalloc.compare.Run.Sample;

/**
 * How fast the resident memory of a server grows under load: the slope of a line through the means
 * of {@value #PARTS} equal parts of the load. The first quarter is omitted, in which caches and
 * heaps fill.
 *
 * <p>The deviations of neighbouring parts are alike, so they say less than as many independent
 * ones. The number of parts is therefore reduced by their autocorrelation at lag 1, in the standard
 * error and in the degrees of freedom (B. D. Santer et al., "Statistical significance of trends and
 * trend differences in layer-average atmospheric temperature time series", J. Geophys. Res.
 * 105(D6), 2000). The estimate of the autocorrelation is too low by (1 + 4ρ)/n, which is added (F.
 * H. C. Marriott and J. A. Pope, "Bias in the estimation of autocorrelations", Biometrika 41,
 * 1954). Several runs give the mean of their slopes.
 *
 * @param bytesPerHour the slope
 * @param halfWidth half the width of its 95 % interval, in bytes an hour; infinite if the load was
 *     too short to tell
 * @param observedNanos the time that the shortest run contributes
 * @param runs the number of runs, 1 or more
 */
public record Growth(double bytesPerHour, double halfWidth, long observedNanos, int runs) {
  private static final int PARTS = 30;

  /** Of a shorter load nothing can be said. */
  private static final long SHORTEST_NANOS = 60_000_000_000L;

  private static final double NANOS_PER_HOUR = 3.6e12;

  private static final double MEBI = 1 << 20;

  private record Line(double slope, double error, double degrees, long nanos) {}

  /**
   * Returns the growth over the runs of one variant.
   *
   * @param runs the runs that count
   * @return the growth; empty if no run was under load for a minute
   */
  public static Optional<Growth> of(List<Run> runs) {
    List<Line> lines = runs.stream().map(Growth::line).flatMap(Optional::stream).toList();
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    double slope = lines.stream().mapToDouble(Line::slope).average().orElseThrow();
    double variance = lines.stream().mapToDouble(line -> line.error * line.error).sum();
    double degrees = lines.stream().mapToDouble(Line::degrees).min().orElseThrow();
    double halfWidth =
        degrees < 1
            ? Double.POSITIVE_INFINITY
            : Distribution.quantileT(0.05, degrees) * Math.sqrt(variance) / lines.size();
    long shortest = lines.stream().mapToLong(Line::nanos).min().orElseThrow();
    return Optional.of(new Growth(slope, halfWidth, shortest, lines.size()));
  }

  /**
   * Returns what it means, in MB of 2^20 bytes.
   *
   * @return a clause that follows the name of a variant
   */
  public String text() {
    if (Double.isInfinite(halfWidth)) {
      return "the load was too short to tell whether memory still grows";
    }
    double low = (bytesPerHour - halfWidth) / MEBI;
    double high = (bytesPerHour + halfWidth) / MEBI;
    String interval = "%s … %s".formatted(number(low), number(high));
    String slope = number(bytesPerHour / MEBI) + " MB an hour (" + interval + ")";
    return low > 0
        ? "memory still grows by " + slope
        : high < 0 ? "memory changes by " + slope : "no growth is seen, " + slope;
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, Math.abs(value) < 9.95 ? "%.1f" : "%.0f", value);
    return text.replace('-', '−');
  }

  private static Optional<Line> line(Run run) {
    OptionalLong begin = last(run, "load");
    OptionalLong end = last(run, "end");
    if (run.load().isEmpty() || begin.isEmpty() || end.isEmpty()) {
      return Optional.empty();
    }
    long nanos = end.getAsLong() - begin.getAsLong();
    long from = begin.getAsLong() + nanos / 4;
    List<double[]> parts = means(run.samples(), from, end.getAsLong());
    return nanos < SHORTEST_NANOS || parts.size() < PARTS / 2
        ? Optional.empty()
        : Optional.of(line(parts, end.getAsLong() - from));
  }

  private static OptionalLong last(Run run, String phase) {
    return run.phases().stream()
        .filter(one -> one.name().equals(phase))
        .mapToLong(Phase::sinceStartNanos)
        .reduce((first, second) -> second);
  }

  /** Returns hours and mean bytes of each part that has samples. */
  private static List<double[]> means(List<Sample> samples, long from, long to) {
    double[] hours = new double[PARTS];
    double[] bytes = new double[PARTS];
    int[] counts = new int[PARTS];
    for (Sample sample : samples) {
      long at = sample.sinceStartNanos();
      if (at >= from && at < to) {
        int part = (int) ((double) (at - from) / (to - from) * PARTS);
        hours[part] += at / NANOS_PER_HOUR;
        bytes[part] += sample.rssBytes();
        counts[part]++;
      }
    }
    List<double[]> means = new ArrayList<>();
    for (int i = 0; i < PARTS; i++) {
      if (counts[i] > 0) {
        means.add(new double[] {hours[i] / counts[i], bytes[i] / counts[i]});
      }
    }
    return means;
  }

  /** Fits a line by least squares. */
  private static Line line(List<double[]> points, long nanos) {
    int n = points.size();
    double x = points.stream().mapToDouble(point -> point[0]).average().orElseThrow();
    double y = points.stream().mapToDouble(point -> point[1]).average().orElseThrow();
    double xx = 0;
    double xy = 0;
    for (double[] point : points) {
      xx += (point[0] - x) * (point[0] - x);
      xy += (point[0] - x) * (point[1] - y);
    }
    double slope = xy / xx;
    double squares = 0;
    double products = 0;
    double before = 0;
    for (double[] point : points) {
      double deviation = point[1] - y - slope * (point[0] - x);
      squares += deviation * deviation;
      products += deviation * before;
      before = deviation;
    }
    double estimate = squares == 0 ? 0 : products / squares;
    double correlation = Math.clamp(estimate + (1 + 4 * estimate) / n, 0, 1);
    double independent = n * (1 - correlation) / (1 + correlation);
    double degrees = independent - 2;
    return new Line(slope, Math.sqrt(squares / Math.max(degrees, 1e-9) / xx), degrees, nanos);
  }
}
