package org.onemalloc.compare.judge;

import java.util.Arrays;
import java.util.Optional;

/**
 * One figure of one variant over its counted runs.
 *
 * @param runs the number of runs in which it was measured, 1 or more
 * @param median the median; the mean of the middle two for an even number
 * @param min the lowest run
 * @param max the highest run
 * @param ratio the ratio to the baseline; empty for the baseline itself or with fewer than 2 pairs
 * @param difference the verdict
 */
public record Summary(
    int runs, double median, double min, double max, Optional<Ratio> ratio, Difference difference) {

  static Summary of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return new Summary(n, median, sorted[0], sorted[n - 1], Optional.empty(), Difference.UNKNOWN);
  }

  Summary with(Ratio against, Difference called) {
    return new Summary(runs, median, min, max, Optional.of(against), called);
  }

  /**
   * Returns the spread: the distance of the farthest run from the median, as a share of the median.
   * With few runs this is more informative than an estimated standard deviation.
   *
   * @return the spread; 0.04 if every run is within 4 % of the median, 0 if the median is 0
   */
  public double spread() {
    return median == 0 ? 0 : Math.max(median - min, max - median) / median;
  }
}
