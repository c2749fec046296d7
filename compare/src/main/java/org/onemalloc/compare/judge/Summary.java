package org.onemalloc.compare.judge;

import java.util.Arrays;
import java.util.Optional;

/**
 * One figure of one variant over its counted runs.
 *
 * @param runs how many runs it was measured in, 1 or more
 * @param median the median; the mean of the middle two for an even number
 * @param min the lowest run
 * @param max the highest run
 * @param ratio against the baseline; empty for the baseline itself or with fewer than 2 pairs
 * @param difference whether that is called a difference
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
   * The spread: how far the farthest run is from the median, as a share of the median. With the few
   * runs of a comparison this says more than a standard deviation estimated from them.
   *
   * @return 0.04 says that every run is within 4 % of the median; 0 if the median is 0
   */
  public double spread() {
    return median == 0 ? 0 : Math.max(median - min, max - median) / median;
  }
}
