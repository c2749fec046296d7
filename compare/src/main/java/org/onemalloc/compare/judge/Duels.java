package org.onemalloc.compare.judge;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Comparisons of any two variants by one figure, with bounds on one side at an error rate of the
 * caller's choice. {@link Ratio} compares each variant with one baseline, with an interval at 95 %;
 * a race compares each variant with each other one, at much smaller rates. The model and its error
 * are those of {@link Blocks}. The bounds are never closer than those at 1 % by the two variants
 * alone: with three or four rounds the check of {@link Blocks} for a variant that scatters more
 * than the others has little power, and a race asks at rates at which this would matter. Not
 * thread-safe.
 */
public final class Duels {
  /** The rate at which two variants must differ by their own values alone. */
  private static final double OWN_RATE = 0.01;

  private final double[][] values;
  private final Map<Integer, Blocks> fits = new HashMap<>();
  private final Map<Double, Map<Integer, Double>> quantiles = new HashMap<>();

  /**
   * Takes the values. Rows may end early: a variant that left a race has no later values.
   *
   * @param values a row for each variant, a column for each round, all rows of one length; NaN if
   *     there is no value
   */
  public Duels(double[][] values) {
    this.values = values;
  }

  /**
   * One variant as a multiple of another.
   *
   * @param estimate the geometric mean of the ratios
   * @param low it is lower than this with at most the error rate
   * @param high it is higher than this with at most the error rate
   */
  public record Bounds(double estimate, double low, double high) {}

  /**
   * Compares two variants.
   *
   * @param variant the index of one
   * @param rival the index of the other
   * @param errorRate the probability of an error on each side, above 0 and below 0.5
   * @return the ratio of the first to the second; empty if they share fewer than 2 rounds, or a
   *     value is not positive
   */
  public Optional<Bounds> ratio(int variant, int rival, double errorRate) {
    if (variant == rival) {
      return Optional.of(new Bounds(1, 1, 1));
    }
    Blocks blocks = fits.computeIfAbsent(rival, this::against);
    int row = variant < rival ? variant + 1 : variant;
    if (blocks.pairs(row) < 2) {
      return Optional.empty();
    }
    Blocks.Estimate found = blocks.estimate(row);
    if (!Double.isFinite(found.difference()) || !Double.isFinite(found.error())) {
      return Optional.empty();
    }
    double reach =
        Math.max(
            quantile(errorRate, found.degrees()) * found.error(),
            quantile(Math.max(errorRate, OWN_RATE), blocks.pairs(row) - 1)
                * ownError(variant, rival));
    return Optional.of(
        new Bounds(
            Math.exp(found.difference()),
            Math.exp(found.difference() - reach),
            Math.exp(found.difference() + reach)));
  }

  /** Returns the standard error of the mean difference of logarithms in the shared rounds. */
  private double ownError(int variant, int rival) {
    double[] differences =
        IntStream.range(0, values[variant].length)
            .mapToDouble(round -> Math.log(values[variant][round] / values[rival][round]))
            .filter(Double::isFinite)
            .toArray();
    int n = differences.length;
    double mean = DoubleStream.of(differences).average().orElse(0);
    double squares = DoubleStream.of(differences).map(d -> (d - mean) * (d - mean)).sum();
    return n < 2 ? 0 : Math.sqrt(squares / (n - 1) / n);
  }

  /** Returns the fit with one variant as the baseline, which is the first row. */
  private Blocks against(int rival) {
    double[][] rows = new double[values.length][];
    rows[0] = values[rival];
    for (int i = 0, row = 1; i < values.length; i++) {
      if (i != rival) {
        rows[row++] = values[i];
      }
    }
    return new Blocks(rows);
  }

  /** Computed once, because a race asks for the same one for each pair. */
  private double quantile(double errorRate, int degrees) {
    return quantiles
        .computeIfAbsent(errorRate, _ -> new HashMap<>())
        .computeIfAbsent(degrees, d -> Distribution.quantileT(2 * errorRate, d));
  }
}
