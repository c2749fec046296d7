package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
