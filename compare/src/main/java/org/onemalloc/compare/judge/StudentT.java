package org.onemalloc.compare.judge;

/**
 * Student's t distribution for whole degrees of freedom.
 *
 * <p>Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 26.7.3 (odd
 * degrees) and 26.7.4 (even degrees): finite sums, exact up to rounding. Rejected: a table of
 * quantiles (ends somewhere, gives no p values) and a statistics library (a dependency for two
 * functions).
 */
final class StudentT {
  private StudentT() {}

  /**
   * The probability that |T| is at most t.
   *
   * @param t not negative
   * @param degrees degrees of freedom, 1 or more
   * @return from 0 to 1
   */
  static double within(double t, int degrees) {
    return withinAngle(Math.atan(t / Math.sqrt(degrees)), degrees);
  }

  /**
   * The t that |T| stays within with the given probability.
   *
   * @param probability above 0 and below 1; 0.95 for a 95 % interval
   * @param degrees degrees of freedom, 1 or more
   * @return the two-sided quantile
   */
  static double twoSidedQuantile(double probability, int degrees) {
    if (!(probability > 0 && probability < 1) || degrees < 1) {
      throw new IllegalArgumentException(
          "no t quantile for probability " + probability + " and " + degrees + " degrees");
    }
    double low = 0;
    double high = Math.PI / 2;
    for (double middle = high / 2; low < middle && middle < high; middle = (low + high) / 2) {
      if (withinAngle(middle, degrees) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.sqrt(degrees) * Math.tan(high);
  }

  /** The handbook's A(t|ν) as a function of θ = arctan(t / √ν). */
  private static double withinAngle(double angle, int degrees) {
    double sine = Math.sin(angle);
    double cosine = Math.cos(angle);
    boolean odd = degrees % 2 == 1;
    double term = odd ? cosine : 1;
    double sum = 0;
    for (int i = odd ? 1 : 0; i <= degrees - 2; i += 2) {
      sum += term;
      term *= cosine * cosine * (i + 1) / (i + 2);
    }
    return odd ? 2 / Math.PI * (angle + sine * sum) : sine * sum;
  }
}
