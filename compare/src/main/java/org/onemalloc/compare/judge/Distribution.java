package org.onemalloc.compare.judge;

/** The distributions that tests and intervals need; degrees of freedom may be fractions. */
final class Distribution {
  private Distribution() {}

  /**
   * Returns the probability that |T| is more than t, for Student's t (DLMF 8.17 and Abramowitz and
   * Stegun 26.7.1).
   *
   * @param t not negative
   * @param degrees above 0
   */
  static double beyondT(double t, double degrees) {
    return Double.isInfinite(t)
        ? 0
        : BetaFunction.regularized(degrees / (degrees + t * t), degrees / 2, 0.5);
  }

  /**
   * Returns the t that |T| exceeds with the given probability.
   *
   * @param probability above 0 and below 1; 0.05 for a 95 % interval
   * @param degrees above 0
   * @throws IllegalArgumentException if either is out of range
   */
  static double quantileT(double probability, double degrees) {
    if (!(probability > 0 && probability < 1) || !(degrees > 0)) {
      throw new IllegalArgumentException(
          "no t quantile for probability " + probability + " and " + degrees + " degrees");
    }
    double low = 0;
    double high = 1;
    while (beyondT(high, degrees) > probability) {
      low = high;
      high *= 2;
    }
    for (double middle = (low + high) / 2; low < middle && middle < high; ) {
      if (beyondT(middle, degrees) > probability) {
        low = middle;
      } else {
        high = middle;
      }
      middle = (low + high) / 2;
    }
    return high;
  }

  /**
   * Returns the probability of more than f, for Fisher's F (Abramowitz and Stegun 26.6.2).
   *
   * @param f not negative
   * @param above degrees of the numerator, above 0
   * @param below degrees of the denominator, above 0
   */
  static double beyondF(double f, double above, double below) {
    return BetaFunction.regularized(below / (below + above * f), below / 2, above / 2);
  }
}
