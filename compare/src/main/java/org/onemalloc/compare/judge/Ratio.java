package org.onemalloc.compare.judge;

import java.util.Optional;

/**
 * One figure of a variant as a multiple of the baseline's, with a 95 % confidence interval.
 *
 * <p>See {@link Blocks} for the estimate and its error. A comparison may look at its figures after
 * several rounds and end when they are decided, and each look is another chance of error: so each
 * has an equal share of the 5 % (C. E. Bonferroni's inequality), and the interval covers the true
 * value with 95 % at whichever look the comparison ends. This is the simplest of the repeated
 * confidence intervals of C. Jennison and B. W. Turnbull ("Interim analyses: the repeated
 * confidence interval approach", J. R. Statist. Soc. B 51(3), 1989). Rejected: their sharper
 * boundaries, which would narrow the interval by some 6 % and need a table of constants.
 *
 * @param estimate the geometric mean of the ratios; 0.69 means 31 % less than the baseline
 * @param low the lower end of the interval, above 0 and at most the estimate
 * @param high the upper end of the interval
 * @param pValue the probability of an estimate at least this far from 1 at any look if there were
 *     no difference, at most 1
 * @param pairs the number of rounds with a pair, 2 or more
 * @param degrees the degrees of freedom of the error
 * @param pooled whether the error is that of all variants, rather than that of this one
 */
public record Ratio(
    double estimate,
    double low,
    double high,
    double pValue,
    int pairs,
    int degrees,
    boolean pooled) {
  private static final double ERROR_RATE = 0.05;

  /**
   * Returns the ratio of one variant.
   *
   * @param blocks the figure of all variants
   * @param variant the index of the variant
   * @param looks the number of looks that share the error rate, 1 or more
   * @return the ratio; empty with fewer than 2 pairs, or if a value is not positive
   */
  static Optional<Ratio> of(Blocks blocks, int variant, int looks) {
    int pairs = blocks.pairs(variant);
    if (pairs < 2) {
      return Optional.empty();
    }
    Blocks.Estimate found = blocks.estimate(variant);
    if (Double.isNaN(found.difference()) || Double.isInfinite(found.difference())) {
      return Optional.empty();
    }
    double t = Distribution.quantileT(ERROR_RATE / looks, found.degrees());
    double reach = t * found.error();
    double pValue =
        found.difference() == 0
            ? 1
            : Distribution.beyondT(Math.abs(found.difference()) / found.error(), found.degrees());
    return Optional.of(
        new Ratio(
            Math.exp(found.difference()),
            Math.exp(found.difference() - reach),
            Math.exp(found.difference() + reach),
            Math.min(1, pValue * looks),
            pairs,
            found.degrees(),
            blocks.isPooled(variant)));
  }

  /**
   * Returns how far from 1 the true ratio is at most, if it lies in the interval.
   *
   * @return the distance; 0.12 if a change of 12 % is still within the interval
   */
  public double reach() {
    return Math.max(1 - low, high - 1);
  }
}
