package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.hipparchus.distribution.continuous.FDistribution;
import org.hipparchus.distribution.continuous.TDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Held to Hipparchus and to published tables. */
class DistributionTest {
  /** Upper critical values at 0.975 of NIST/SEMATECH e-Handbook §1.3.6.7.2. */
  @ParameterizedTest
  @CsvSource({
    "1, 12.706",
    "2, 4.303",
    "3, 3.182",
    "4, 2.776",
    "9, 2.262",
    "29, 2.045",
    "30, 2.042",
    "100, 1.984"
  })
  void quantilesAgreeWithThePublishedTable(int degrees, double published) {
    assertEquals(published, Distribution.quantileT(0.05, degrees), 0.0005);
  }

  @Test
  void studentsTAgreesWithHipparchus() {
    for (double degrees : new double[] {1, 1.7, 2, 3, 4.5, 6, 12, 24, 100, 1000}) {
      TDistribution peer = new TDistribution(degrees);
      for (double t : new double[] {0, 0.01, 0.5, 1, 1.96, 2.5, 4, 10, 100}) {
        double expected = 2 * peer.cumulativeProbability(-t);
        assertEquals(expected, Distribution.beyondT(t, degrees), 1e-12 + 1e-9 * expected);
      }
      for (double probability : new double[] {0.5, 0.05, 0.05 / 3, 0.01, 1e-4}) {
        double expected = -peer.inverseCumulativeProbability(probability / 2);
        assertEquals(expected, Distribution.quantileT(probability, degrees), 1e-6 * expected);
      }
    }
  }

  @Test
  void fishersFAgreesWithHipparchus() {
    for (double above : new double[] {0.9, 1, 1.7, 3, 6, 20}) {
      for (double below : new double[] {1, 5.1, 12, 36}) {
        FDistribution peer = new FDistribution(above, below);
        for (double f : new double[] {0, 0.1, 1, 2.5, 7, 40}) {
          double expected = 1 - peer.cumulativeProbability(f);
          assertEquals(expected, Distribution.beyondF(f, above, below), 1e-11);
        }
      }
    }
  }

  @Test
  void refusesWhatHasNoQuantile() {
    assertThrows(IllegalArgumentException.class, () -> Distribution.quantileT(0, 4));
    assertThrows(IllegalArgumentException.class, () -> Distribution.quantileT(1, 4));
    assertThrows(IllegalArgumentException.class, () -> Distribution.quantileT(0.05, 0));
  }
}
