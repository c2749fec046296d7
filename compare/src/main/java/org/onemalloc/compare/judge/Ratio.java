package org.onemalloc.compare.judge;

import java.util.Optional;

/**
 * One figure of a variant as a multiple of the baseline's, with a 95 % confidence interval.
 *
 * <p>Method: each round gives one ratio, variant to baseline of the same round, so what changes
 * from round to round (a noisy neighbour, a warm disk) cancels out. Costs are positive and their
 * errors multiply, hence the logarithm of the ratio; its mean plus and minus the t quantile of n−1
 * degrees times the standard error, taken back by the exponential function. That is the paired t
 * interval on logarithms: G. E. P. Box, J. S. Hunter, W. G. Hunter, Statistics for Experimenters,
 * 2nd edition, §3.2 (paired comparison) and §1.9 (the t interval); NIST/SEMATECH e-Handbook of
 * Statistical Methods §7.3.1.1 and §1.3.5.2. For the geometric mean as the average of ratios: P. J.
 * Fleming and J. J. Wallace, "How not to lie with statistics", CACM 29(3), 1986.
 *
 * @param estimate the geometric mean of the paired ratios; 0.69 says 31 % less than the baseline
 * @param low the lower end of the interval, above 0 and at most the estimate
 * @param high the upper end of the interval
 * @param pValue the probability of a mean at least this far from 1 if there were no difference
 * @param pairs how many rounds gave a pair, 2 or more
 */
public record Ratio(double estimate, double low, double high, double pValue, int pairs) {
  private static final double CONFIDENCE = 0.95;

  /**
   * The ratio of paired values.
   *
   * @param variant the variant's values, one a round
   * @param baseline the baseline's values of the same rounds
   * @return empty with fewer than 2 pairs, or where a value is not positive and a ratio means
   *     nothing
   * @throws IllegalArgumentException if the lengths differ
   */
  static Optional<Ratio> of(double[] variant, double[] baseline) {
    if (variant.length != baseline.length) {
      throw new IllegalArgumentException(
          variant.length + " values cannot be paired with " + baseline.length);
    }
    int n = variant.length;
    double[] logs = new double[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      if (!(variant[i] > 0 && baseline[i] > 0)) {
        return Optional.empty();
      }
      logs[i] = Math.log(variant[i] / baseline[i]);
      sum += logs[i];
    }
    return n < 2 ? Optional.empty() : Optional.of(ofLogs(logs, sum / n));
  }

  private static Ratio ofLogs(double[] logs, double mean) {
    int n = logs.length;
    double squares = 0;
    for (double log : logs) {
      squares += (log - mean) * (log - mean);
    }
    double error = Math.sqrt(squares / (n - 1) / n);
    double reach = StudentT.twoSidedQuantile(CONFIDENCE, n - 1) * error;
    double pValue = mean == 0 ? 1 : 1 - StudentT.within(Math.abs(mean) / error, n - 1);
    return new Ratio(
        Math.exp(mean), Math.exp(mean - reach), Math.exp(mean + reach), Math.max(0, pValue), n);
  }

  /**
   * How far from 1 the truth may be at most, if it lies in the interval.
   *
   * @return 0.12 says that a change of 12 % is still within the interval
   */
  public double reach() {
    return Math.max(1 - low, high - 1);
  }
}
