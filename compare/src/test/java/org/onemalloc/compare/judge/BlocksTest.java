package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hipparchus.stat.regression.OLSMultipleLinearRegression;
import org.junit.jupiter.api.Test;

class BlocksTest {
  @Test
  void agreesWithALeastSquaresFitOfHipparchus() {
    compareWithPeer(table(4, 5, new Random(1)));
  }

  @Test
  void agreesWhereCellsAreEmpty() {
    double[][] values = table(4, 5, new Random(2));
    values[1][0] = Double.NaN;
    values[1][3] = Double.NaN;
    values[0][4] = Double.NaN;
    values[3][2] = Double.NaN;
    compareWithPeer(values);
  }

  /** The effects and their errors from dummy variables, as any statistics package has them. */
  private static void compareWithPeer(double[][] values) {
    int variants = values.length;
    int rounds = values[0].length;
    List<double[]> rows = new ArrayList<>();
    List<Double> results = new ArrayList<>();
    for (int i = 0; i < variants; i++) {
      for (int j = 0; j < rounds; j++) {
        if (!Double.isNaN(values[i][j])) {
          double[] row = new double[variants - 1 + rounds - 1];
          if (i > 0) {
            row[i - 1] = 1;
          }
          if (j > 0) {
            row[variants - 1 + j - 1] = 1;
          }
          rows.add(row);
          results.add(Math.log(values[i][j]));
        }
      }
    }
    OLSMultipleLinearRegression peer = new OLSMultipleLinearRegression();
    peer.newSampleData(
        results.stream().mapToDouble(Double::doubleValue).toArray(), rows.toArray(double[][]::new));
    double[] effects = peer.estimateRegressionParameters();
    double[] errors = peer.estimateRegressionParametersStandardErrors();
    Blocks blocks = new Blocks(values);
    for (int i = 1; i < variants; i++) {
      Blocks.Estimate estimate = blocks.estimate(i);
      assertTrue(blocks.isPooled(i));
      assertEquals(effects[i], estimate.difference(), 1e-10);
      assertEquals(errors[i], estimate.error(), 1e-10);
      assertEquals(rows.size() - effects.length, estimate.degrees());
    }
  }

  @Test
  void isThePairedTTestForTwoVariants() {
    double[][] values = {{301, 298, 305, 310, 300}, {200, 205, 199, 210, 202}};
    Blocks.Estimate estimate = new Blocks(values).estimate(1);
    double[] differences = new double[5];
    double mean = 0;
    for (int i = 0; i < 5; i++) {
      differences[i] = Math.log(values[1][i] / values[0][i]);
      mean += differences[i] / 5;
    }
    double squares = 0;
    for (double difference : differences) {
      squares += (difference - mean) * (difference - mean);
    }
    assertEquals(mean, estimate.difference(), 1e-12);
    assertEquals(Math.sqrt(squares / 4 / 5), estimate.error(), 1e-12);
    assertEquals(4, estimate.degrees());
  }

  @Test
  void aVariantThatScattersFarMoreLeavesThePool() {
    int left = 0;
    int others = 0;
    for (int seed = 0; seed < 200; seed++) {
      double[] scatter = {0.01, 0.01, 0.2, 0.01, 0.01, 0.01, 0.01};
      Blocks blocks = new Blocks(table(scatter, 5, new Random(seed)));
      left += blocks.isPooled(2) ? 0 : 1;
      others += blocks.isPooled(1) ? 0 : 1;
    }
    assertTrue(left > 190, left + " of 200 found");
    assertTrue(others < 30, others + " of 200 others left too");
  }

  @Test
  void variantsThatScatterAlikeSeldomLeaveThePool() {
    int left = 0;
    for (int seed = 0; seed < 500; seed++) {
      Blocks blocks = new Blocks(table(7, 3, new Random(seed)));
      for (int i = 0; i < 7; i++) {
        left += blocks.isPooled(i) ? 0 : 1;
      }
    }
    // 10 % of 500 comparisons, and a little for the chain that one may start.
    assertTrue(left < 75, left + " variants of 500 comparisons left");
  }

  @Test
  void aVariantWithOneRunOrAValueOfZeroHasNoPart() {
    double nan = Double.NaN;
    Blocks blocks = new Blocks(new double[][] {{1, 2, 3}, {2, 4, 6.1}, {nan, 5, nan}, {0, 1, 1}});
    assertTrue(blocks.isPooled(1));
    assertFalse(blocks.isPooled(2));
    assertTrue(Double.isNaN(blocks.estimate(2).difference()));
    assertTrue(Double.isNaN(blocks.estimate(3).difference()));
  }

  /** How often the interval of a difference that is not there excludes it, by simulation. */
  @Test
  void theErrorRateHoldsHoweverTheVariantsScatter() {
    double[][] scatters = {
      {0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02},
      {0.01, 0.01, 0.02, 0.01, 0.02, 0.01, 0.02},
      {0.01, 0.1, 0.01, 0.01, 0.01, 0.01, 0.01},
      {0.1, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01},
      {0.01, 0.2, 0.01, 0.1, 0.01, 0.01, 0.05},
    };
    for (double[] scatter : scatters) {
      for (int rounds : new int[] {3, 5, 8}) {
        int wrong = 0;
        int all = 0;
        for (int seed = 0; seed < 600; seed++) {
          Blocks blocks = new Blocks(table(scatter, rounds, new Random(seed)));
          for (int i = 1; i < scatter.length; i++) {
            Ratio ratio = Ratio.of(blocks, i, 1).orElseThrow();
            wrong += ratio.low() > 1 || ratio.high() < 1 ? 1 : 0;
            all++;
          }
        }
        double rate = (double) wrong / all;
        double limit = rounds == 3 ? 0.13 : 0.06;
        assertTrue(
            rate < limit,
            () -> rate + " with " + rounds + " rounds of " + Arrays.toString(scatter));
      }
    }
  }

  private static double[][] table(int variants, int rounds, Random random) {
    double[] scatter = new double[variants];
    Arrays.fill(scatter, 0.02);
    return table(scatter, rounds, random);
  }

  /** Equals, each with a scatter of its own, in rounds that differ by 10 %. */
  private static double[][] table(double[] scatter, int rounds, Random random) {
    double[][] values = new double[scatter.length][rounds];
    for (int j = 0; j < rounds; j++) {
      double round = 0.1 * random.nextGaussian();
      for (int i = 0; i < scatter.length; i++) {
        values[i][j] = 300 * Math.exp(round + scatter[i] * random.nextGaussian());
      }
    }
    return values;
  }
}
