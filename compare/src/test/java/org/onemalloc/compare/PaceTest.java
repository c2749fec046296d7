package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLI = 1_000_000;
  private static final long INTERVAL = 100 * MILLI;
  private static final long HOUR = 3_600_000 * MILLI;

  @Test
  void looksOftenWhileAProgramIsYoung() {
    Pace pace = new Pace(INTERVAL);
    long due = 0;
    int looks = 0;
    for (; due < 100 * MILLI; looks++) {
      due = pace.next(due, due, MILLI / 10);
    }
    assertTrue(looks > 10, looks + " looks in the first 100 ms");
  }

  @Test
  void keepsToTheIntervalWhereLookingIsCheap() {
    Pace pace = new Pace(INTERVAL);
    assertEquals(10_100 * MILLI, pace.next(10_000 * MILLI, 10_000 * MILLI, MILLI / 10));
  }

  /** The first samples of a JVM on a busy machine take this long. */
  @Test
  void seesEachFifthOfARunHoweverExpensiveASampleIs() {
    Pace pace = new Pace(INTERVAL);
    long due = 100 * MILLI;
    while (due < HOUR) {
      long next = pace.next(due, due, 90 * MILLI);
      assertTrue(4 * next <= 5 * due, "no sample from " + due + " to " + next);
      due = next;
    }
  }

  /** Watches a tree for an hour. Each sample takes 30 ms, half of it for the page walks. */
  @Test
  void takesLessThanAHundredthOfACore() {
    Pace pace = new Pace(INTERVAL);
    long spent = 0;
    int walks = 0;
    int samples = 0;
    for (long now = 0; now < HOUR; samples++) {
      if (pace.mayWalk(now)) {
        pace.walked(15 * MILLI);
        spent += 15 * MILLI;
        walks++;
      }
      spent += 15 * MILLI;
      now = pace.next(now, now, 15 * MILLI);
    }
    double share = (double) spent / HOUR;
    assertTrue(share < 0.01, share + " of a core");
    assertTrue(walks > 100 && samples > 1000, walks + " walks, " + samples + " samples");
  }
}
