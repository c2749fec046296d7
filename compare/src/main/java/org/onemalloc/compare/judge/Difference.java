package org.onemalloc.compare.judge;

/**
 * The verdict on one figure of one variant against the baseline.
 *
 * <p>A figure is called different if both hold:
 *
 * <ol>
 *   <li>It is significant among all judged figures. A comparison judges some 30 figures at once; at
 *       5 % each, one or two would be called different by chance. So the p values of all judged
 *       figures of all variants go through the step-up procedure of Y. Benjamini and Y. Hochberg
 *       ("Controlling the False Discovery Rate", J. R. Statist. Soc. B 57(1), 1995) at 5 %: of the
 *       figures called different, one in twenty is expected to be false. This implies that the 95 %
 *       interval excludes 1. Rejected: Bonferroni, which with 3 rounds would miss a third less
 *       memory.
 *   <li>It matters: the estimate is 2 % or more away from 1. A smaller difference is never worth a
 *       change of allocator, and may be an artefact of the order of runs.
 * </ol>
 *
 * <p>"No difference" is a claim too: the whole interval must lie within 10 % of 1. Any other figure
 * is undecided, and more runs would decide it.
 */
public enum Difference {
  /** Lower than the baseline; {@link Figure#isBetter} says whether that is better. */
  LOWER,
  /** Higher than the baseline. */
  HIGHER,
  /** No difference found; the interval shows how large a difference may have been missed. */
  NONE,
  /** Not judged: the baseline itself, or a figure with fewer than 2 pairs of runs. */
  UNKNOWN;

  /** The smallest change that is called a difference, as a ratio: 1.02, or 1/1.02 downwards. */
  static final double SMALLEST = 1.02;

  /** How far an interval may reach from 1 for "no difference". */
  static final double LARGEST_UNSEEN = 0.10;

  /** The accepted share of false ones among all figures called different. */
  static final double FALSE_DISCOVERY_RATE = 0.05;

  /** Applies the rule, given the largest p value that is significant among all judged. */
  static Difference of(Ratio ratio, double largestSignificant) {
    if (ratio.pValue() > largestSignificant
        || Math.abs(Math.log(ratio.estimate())) < Math.log(SMALLEST)) {
      return NONE;
    }
    return ratio.estimate() < 1 ? LOWER : HIGHER;
  }

  /**
   * Returns the largest p value that is significant, by Benjamini and Hochberg.
   *
   * @param sorted all p values, ascending
   * @return one of them, or −1 if none is significant
   */
  static double largestSignificant(double[] sorted) {
    for (int k = sorted.length; k >= 1; k--) {
      if (sorted[k - 1] <= FALSE_DISCOVERY_RATE * k / sorted.length) {
        return sorted[k - 1];
      }
    }
    return -1;
  }
}
