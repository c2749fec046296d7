package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RatioTest {
  /** Student, "The probable error of a mean", 1908; R's t.test(paired = TRUE) prints these ends. */
  @Test
  void agreesWithStudentsSleepData() {
    double[] first = exp(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0);
    double[] second = exp(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4);
    Ratio ratio = of(first, second).orElseThrow();
    assertEquals(-1.58, Math.log(ratio.estimate()), 1e-9);
    assertEquals(-2.4598858, Math.log(ratio.low()), 1e-7);
    assertEquals(-0.7001142, Math.log(ratio.high()), 1e-7);
    assertEquals(0.002833, ratio.pValue(), 1e-6);
    assertEquals(10, ratio.pairs());
  }

  /** numpy and scipy 1.17.1 on the logarithms: mean, t.ppf(.975, 4), ttest_1samp. */
  @Test
  void agreesWithAnIndependentComputation() {
    Ratio ratio =
        of(new double[] {200, 205, 199, 210, 202}, new double[] {301, 298, 305, 310, 300})
            .orElseThrow();
    assertEquals(0.6710090999737859, ratio.estimate(), 1e-12);
    assertEquals(0.6545296975596605, ratio.low(), 1e-12);
    assertEquals(0.6879034120626583, ratio.high(), 1e-12);
    assertEquals(1.5183459101563176e-06, ratio.pValue(), 1e-12);
  }

  @Test
  void equalValuesAreOneForSure() {
    Ratio ratio = of(new double[] {3, 4}, new double[] {3, 4}).orElseThrow();
    assertEquals(new Ratio(1, 1, 1, 1, 2, 1, true), ratio);
    assertEquals(0, ratio.reach());
  }

  @Test
  void swappingTheSidesInvertsTheInterval() {
    double[] some = {10, 12, 11};
    double[] others = {9, 9.5, 12};
    Ratio there = of(some, others).orElseThrow();
    Ratio back = of(others, some).orElseThrow();
    assertEquals(1 / there.high(), back.low(), 1e-12);
    assertEquals(there.pValue(), back.pValue(), 1e-12);
  }

  @Test
  void thereIsNoIntervalFromOnePairOrFromZeros() {
    assertTrue(of(new double[] {1}, new double[] {2}).isEmpty());
    assertTrue(of(new double[] {1, 0}, new double[] {2, 2}).isEmpty());
    assertTrue(of(new double[] {0, 0}, new double[] {0, 0}).isEmpty());
  }

  @Test
  void eachLookHasItsShareOfTheErrorRate() {
    Blocks blocks = new Blocks(new double[][] {{9, 9.5, 12, 10}, {10, 12, 11, 11}});
    Ratio one = Ratio.of(blocks, 1, 1).orElseThrow();
    Ratio three = Ratio.of(blocks, 1, 3).orElseThrow();
    assertEquals(3 * one.pValue(), three.pValue(), 1e-12);
    double width = Distribution.quantileT(0.05 / 3, 3) / Distribution.quantileT(0.05, 3);
    assertEquals(
        width * Math.log(one.high() / one.low()), Math.log(three.high() / three.low()), 1e-9);
  }

  private static Optional<Ratio> of(double[] variant, double[] baseline) {
    return Ratio.of(new Blocks(new double[][] {baseline, variant}), 1, 1);
  }

  private static double[] exp(double... values) {
    return DoubleStream.of(values).map(Math::exp).toArray();
  }
}
