package org.onemalloc.benchmarks.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is measured begins when the process is warm. */
class RepetitionsTest {
  @Test
  void areMeasuredAfterTheTimeToWarmUp() {
    AtomicInteger warm = new AtomicInteger();
    Repetitions repetitions = new Repetitions(25, 3, warm::incrementAndGet);
    for (int i = 0; i < 3; i++) {
      assertEquals(0, warm.get());
      assertTrue(repetitions.add(10, 7));
    }
    assertEquals(1, warm.get());
    assertTrue(repetitions.add(4, 7));
    assertTrue(repetitions.add(1, 7));
    assertFalse(repetitions.add(2, 7));
    assertEquals(1, warm.get());
    assertEquals(1, repetitions.shortest());
    assertEquals(7, repetitions.checksum());
  }

  @Test
  void warmUpAtLeastTwice() {
    AtomicInteger warm = new AtomicInteger();
    Repetitions repetitions = new Repetitions(1, 1, warm::incrementAndGet);
    assertTrue(repetitions.add(10, 7));
    assertEquals(0, warm.get());
    assertTrue(repetitions.add(10, 7));
    assertEquals(1, warm.get());
  }
}
