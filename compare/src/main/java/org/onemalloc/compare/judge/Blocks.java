package org.onemalloc.compare.judge;

import java.util.List;
import java.util.stream.IntStream;

/**
 * One figure of several variants over the rounds of a comparison, judged as an experiment in
 * randomised blocks. A block is a round, in which each variant is run once, in a new random order.
 *
 * <p>The model: the logarithm of a value is a variant's effect plus a round's effect plus an error.
 * Costs are positive and their errors multiply, hence the logarithm. Both effects are fitted by
 * least squares, cells without a value omitted; the residuals of all variants together estimate one
 * common error, with (variants − 1)(rounds − 1) degrees of freedom if no cell is empty. Source: G.
 * E. P. Box, J. S. Hunter, W. G. Hunter, Statistics for Experimenters, 2nd edition, §4.2
 * (randomised block designs); NIST/SEMATECH e-Handbook of Statistical Methods §5.3.3.2. With two
 * variants this is the paired t test. For the geometric mean as the average of ratios see P. J.
 * Fleming and J. J. Wallace, "How not to lie with statistics", CACM 29(3), 1986.
 *
 * <p>A common error is right only if all variants scatter alike. That is checked: if the largest
 * variance of the residuals is larger than the others allow (W. G. Cochran, "The distribution of
 * the largest of a set of estimated variances as a fraction of their total", Annals of Eugenics 11,
 * 1941, as ISO 5725-2 §7.3.3 uses it, at 10 %), that variant leaves the pool and is judged by its
 * own differences from the baseline, round by round; the others are fitted and checked again. If
 * the baseline leaves, every variant is judged that way. With three rounds the check has little
 * power: if one variant scatters ten times as much as the others, up to one interval in ten misses
 * the true value; from five rounds on it is one in twenty whatever the scatter (by simulation,
 * BlocksTest).
 */
final class Blocks {
  /** The error rate of the check for a variant that scatters more than the others. */
  static final double CHECK = 0.1;

  /** By variant and round; NaN if there is no value. */
  private final double[][] logs;

  private final boolean[] usable;
  private final boolean[] pooled;
  private Fit fit;

  @SuppressWarnings("ArrayRecordComponent") // a product of this class's arithmetic, never compared
  private record Fit(
      int[] variants, double[] effects, double[][] inverse, double squares, int df) {}

  /**
   * Fits the model.
   *
   * @param values a row for each variant, the baseline first, a column for each round; NaN if a run
   *     does not count. A row with a value that is not positive has no ratio
   */
  Blocks(double[][] values) {
    logs = new double[values.length][];
    usable = new boolean[values.length];
    pooled = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      usable[i] = true;
      logs[i] = new double[values[i].length];
      for (int j = 0; j < values[i].length; j++) {
        usable[i] &= !(values[i][j] <= 0);
        logs[i][j] = Math.log(values[i][j]);
      }
      pooled[i] = usable[i] && (i == 0 || pairs(i) >= 2);
    }
    settle();
  }

  /** Removes variants from the pool until the remaining ones scatter alike. */
  private void settle() {
    while (pooled[0]) {
      fit = fit();
      int widest = fit == null ? -1 : widest();
      if (widest < 0) {
        return;
      }
      pooled[widest] = false;
    }
    fit = null;
  }

  /** Returns whether a variant was judged by the common error, rather than by its own. */
  boolean isPooled(int variant) {
    return fit != null && pooled[variant];
  }

  /** Returns in how many rounds a variant and the baseline both have a value. */
  int pairs(int variant) {
    int pairs = 0;
    for (int j = 0; j < logs[variant].length; j++) {
      if (!Double.isNaN(logs[variant][j]) && !Double.isNaN(logs[0][j])) {
        pairs++;
      }
    }
    return pairs;
  }

  /** Returns the logarithm of the ratio of a variant to the baseline; NaN if there is none. */
  Estimate estimate(int variant) {
    if (!usable[0] || !usable[variant] || pairs(variant) < 2) {
      return new Estimate(Double.NaN, Double.NaN, 0);
    }
    return isPooled(variant) ? pooledEstimate(variant) : ownEstimate(variant);
  }

  /**
   * A difference of logarithms.
   *
   * @param difference its estimate
   * @param error its standard error; NaN with fewer than one degree of freedom
   * @param degrees of freedom of that error
   */
  record Estimate(double difference, double error, int degrees) {}

  private Estimate pooledEstimate(int variant) {
    int at = -1;
    for (int k = 0; k < fit.variants.length; k++) {
      at = fit.variants[k] == variant ? k : at;
    }
    double[][] c = fit.inverse;
    double variance = Math.max(0, c[0][0] + c[at][at] - 2 * c[0][at]);
    return new Estimate(
        fit.effects[at] - fit.effects[0], Math.sqrt(fit.squares / fit.df * variance), fit.df);
  }

  private Estimate ownEstimate(int variant) {
    int n = pairs(variant);
    double sum = 0;
    for (int j = 0; j < logs[variant].length; j++) {
      double difference = logs[variant][j] - logs[0][j];
      sum += Double.isNaN(difference) ? 0 : difference;
    }
    double mean = sum / n;
    double squares = 0;
    for (int j = 0; j < logs[variant].length; j++) {
      double difference = logs[variant][j] - logs[0][j] - mean;
      squares += Double.isNaN(difference) ? 0 : difference * difference;
    }
    return new Estimate(mean, Math.sqrt(squares / (n - 1) / n), n - 1);
  }

  /**
   * Returns the least-squares fit; null if the values do not determine every effect and an error.
   */
  private Fit fit() {
    int[] variants = indices();
    List<Integer> used = rounds(variants);
    int v = variants.length;
    int size = v + Math.max(0, used.size() - 1);
    double[][] normal = new double[size][size];
    double[] right = new double[size];
    int cells = 0;
    for (int k = 0; k < v; k++) {
      for (int r = 0; r < used.size(); r++) {
        double y = logs[variants[k]][used.get(r)];
        if (Double.isNaN(y)) {
          continue;
        }
        cells++;
        normal[k][k]++;
        right[k] += y;
        if (r > 0) {
          int row = v + r - 1;
          normal[row][row]++;
          normal[k][row]++;
          normal[row][k]++;
          right[row] += y;
        }
      }
    }
    int df = cells - size;
    double[][] inverse = v < 2 || df < 1 ? null : Matrix.inverse(normal);
    if (inverse == null) {
      return null;
    }
    double[] effects = new double[size];
    for (int a = 0; a < size; a++) {
      for (int b = 0; b < size; b++) {
        effects[a] += inverse[a][b] * right[b];
      }
    }
    double squares = 0;
    for (int k = 0; k < v; k++) {
      squares += squares(variants[k], effects[k], effects, v, used);
    }
    return new Fit(variants, effects, inverse, squares, df);
  }

  private double squares(
      int variant, double effect, double[] effects, int v, List<Integer> rounds) {
    double squares = 0;
    for (int r = 0; r < rounds.size(); r++) {
      double y = logs[variant][rounds.get(r)];
      double residual = y - effect - (r > 0 ? effects[v + r - 1] : 0);
      squares += Double.isNaN(y) ? 0 : residual * residual;
    }
    return squares;
  }

  private int[] indices() {
    return IntStream.range(0, logs.length).filter(i -> pooled[i]).toArray();
  }

  /** Returns the rounds in which one of the variants has a value. */
  private List<Integer> rounds(int[] variants) {
    return IntStream.range(0, logs[0].length)
        .filter(j -> IntStream.of(variants).anyMatch(i -> !Double.isNaN(logs[i][j])))
        .boxed()
        .toList();
  }

  /** Returns the variant that scatters more than the others allow; −1 if none does. */
  private int widest() {
    int v = fit.variants.length;
    if (v < 3) {
      return -1; // of two variants, both have the same residuals except for the sign
    }
    List<Integer> used = rounds(fit.variants);
    double total = fit.squares;
    double most = -1;
    int widest = -1;
    for (int k = 0; k < v; k++) {
      double own = squares(fit.variants[k], fit.effects[k], fit.effects, v, used);
      if (own > most) {
        most = own;
        widest = fit.variants[k];
      }
    }
    double share = most / total;
    double each = (double) fit.df / v;
    double f = (v - 1) * share / (1 - share);
    boolean rounding = total < 1e-18 * fit.df;
    return !rounding && v * Distribution.beyondF(f, each, each * (v - 1)) < CHECK ? widest : -1;
  }
}
