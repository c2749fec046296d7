package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Run.Sample;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.VariantJudgement;

/**
 * The memory of one run over time: proportional memory where the kernel reports it, otherwise
 * resident.
 */
record Line(Run run, List<Point> points) {
  /** Seconds since the start, and MB. */
  record Point(double seconds, double mebibytes) {}

  private static final int MOST_POINTS = 600;

  static Line of(Run run) {
    boolean proportional = run.samples().stream().anyMatch(sample -> sample.pssBytes() > 0);
    List<Point> points =
        thinned(
                run.samples().stream().filter(s -> !proportional || s.hasPss()).toList(),
                proportional)
            .stream()
            .map(sample -> point(sample, proportional))
            .toList();
    return new Line(run, points);
  }

  static List<Line> ofCounted(VariantJudgement variant) {
    return variant.counted().stream().map(Line::of).filter(l -> !l.points.isEmpty()).toList();
  }

  /** Returns the median counted run by memory over time, the lower one of two. */
  static Optional<Line> median(List<Line> lines) {
    List<Line> sorted =
        lines.stream()
            .sorted(Comparator.comparingDouble(line -> Figure.MEAN.of(line.run).orElse(0)))
            .toList();
    return sorted.isEmpty() ? Optional.empty() : Optional.of(sorted.get((sorted.size() - 1) / 2));
  }

  Point last() {
    return points.getLast();
  }

  String path(Scale x, Scale y) {
    StringBuilder path = new StringBuilder();
    for (Point point : points) {
      path.append(path.isEmpty() ? 'M' : 'L')
          .append(x.text(point.seconds))
          .append(',')
          .append(y.text(point.mebibytes));
    }
    return path.toString();
  }

  private static Point point(Sample sample, boolean proportional) {
    return new Point(
        Units.seconds(sample.sinceStartNanos()), Units.mebibytes(bytes(sample, proportional)));
  }

  private static long bytes(Sample sample, boolean proportional) {
    return proportional ? sample.pssBytes() : sample.rssBytes();
  }

  /**
   * Returns the lowest and the highest sample of each interval of a long run, so that no peak is
   * lost.
   */
  private static List<Sample> thinned(List<Sample> samples, boolean proportional) {
    if (samples.size() <= MOST_POINTS) {
      return samples;
    }
    Comparator<Sample> byMemory = Comparator.comparingLong(sample -> bytes(sample, proportional));
    List<Sample> kept = new ArrayList<>();
    int stretches = MOST_POINTS / 2;
    for (int i = 0; i < stretches; i++) {
      List<Sample> stretch =
          samples.subList(
              (int) ((long) samples.size() * i / stretches),
              (int) ((long) samples.size() * (i + 1) / stretches));
      Sample lowest = stretch.stream().min(byMemory).orElseThrow();
      Sample highest = stretch.stream().max(byMemory).orElseThrow();
      boolean rising = lowest.sinceStartNanos() < highest.sinceStartNanos();
      kept.add(rising ? lowest : highest);
      kept.add(rising ? highest : lowest);
    }
    return kept;
  }
}
