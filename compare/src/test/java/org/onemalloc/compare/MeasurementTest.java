package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class MeasurementTest {
  private static final long MB = 1L << 20;

  @Test
  void takesTheKernelsPeakWhereItCanOnlyBeTheChilds() {
    assertEquals(400 * MB, Measurement.peak(400 * MB, 160 * MB, 390 * MB));
  }

  @Test
  void takesTheSampledPeakWhereTheKernelsMayBeItsOwn() {
    assertEquals(100 * MB, Measurement.peak(160 * MB, 160 * MB, 100 * MB));
    assertEquals(100 * MB, Measurement.peak(161 * MB, 160 * MB, 100 * MB));
  }

  @Test
  void knowsNoPeakOfAProgramThatWasNeverSeen() {
    assertEquals(0, Measurement.peak(160 * MB, 160 * MB, 0));
  }

  @Test
  void samplesOfTheFirstHalfAloneAreNoPeak() {
    assertTrue(Sampler.sawEnough(80, 100));
    assertTrue(Sampler.sawEnough(110, 100)); // the tree outlived its first process
    assertFalse(Sampler.sawEnough(1, 100));
  }
}
