package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudentTTest {
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
    assertEquals(published, StudentT.twoSidedQuantile(0.95, degrees), 0.0005);
  }

  /** scipy.stats.t 1.17.1: ppf((1 + p) / 2, df). */
  @ParameterizedTest
  @CsvSource({
    "0.95, 1, 12.706204736174694",
    "0.95, 4, 2.7764451051977934",
    "0.99, 3, 5.840909309733355",
    "0.95, 1000, 1.9623390808264083"
  })
  void quantilesAgreeWithAnIndependentComputation(double probability, int degrees, double t) {
    assertEquals(t, StudentT.twoSidedQuantile(probability, degrees), 1e-9 * t);
  }

  /** scipy.stats.t 1.17.1: 1 - 2 * sf(t, df). */
  @ParameterizedTest
  @CsvSource({
    "2.5, 3, 0.9122933529919345",
    "0.1, 7, 0.0768519403952076",
    "30, 4, 0.9999926471439023",
    "0, 5, 0"
  })
  void probabilitiesAgreeWithAnIndependentComputation(double t, int degrees, double within) {
    assertEquals(within, StudentT.within(t, degrees), 1e-12);
  }

  @Test
  void refusesWhatHasNoQuantile() {
    assertThrows(IllegalArgumentException.class, () -> StudentT.twoSidedQuantile(1, 4));
    assertThrows(IllegalArgumentException.class, () -> StudentT.twoSidedQuantile(0.95, 0));
  }
}
