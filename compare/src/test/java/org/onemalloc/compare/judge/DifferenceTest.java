package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DifferenceTest {
  /** The example of Benjamini and Hochberg 1995, §3.2: the first four of fifteen are called. */
  @Test
  void agreesWithThePublishedExample() {
    double[] sorted = {
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
      0.5719, 0.6528, 0.7590, 1.0000
    };
    assertEquals(0.0095, Difference.largestSignificant(sorted));
  }

  @Test
  void nothingIsSignificantAmongLargePValuesOrNone() {
    assertEquals(-1, Difference.largestSignificant(new double[] {0.2, 0.6}));
    assertEquals(-1, Difference.largestSignificant(new double[] {}));
  }

  @Test
  void aTinyEffectIsNoDifferenceHoweverSure() {
    assertEquals(Difference.NONE, Difference.of(ratio(1.015, 1.014, 1.016, 0), 0.05));
    assertEquals(Difference.NONE, Difference.of(ratio(0.985, 0.984, 0.986, 0), 0.05));
    assertEquals(Difference.HIGHER, Difference.of(ratio(1.03, 1.02, 1.04, 0), 0.05));
    assertEquals(Difference.LOWER, Difference.of(ratio(0.97, 0.96, 0.98, 0), 0.05));
  }

  @Test
  void aLargeEffectIsNoDifferenceWhereItIsNotSignificant() {
    assertEquals(Difference.NONE, Difference.of(ratio(0.5, 0.2, 1.3, 0.1), 0.05));
  }

  private static Ratio ratio(double estimate, double low, double high, double pValue) {
    return new Ratio(estimate, low, high, pValue, 5, 4, true);
  }
}
