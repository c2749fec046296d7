package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.onemalloc.compare.Run;

class GrowthTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MEBI = 1 << 20;

  private final Random random = new Random(1);

  @Test
  void findsTheSlopeAfterTheWarmUp() {
    // 36 MB an hour are 10 KB a second; the first 200 s of 1,000 grow a hundred times as fast.
    Growth growth = growth(1000, 36, 0, 0);
    assertEquals(36 * MEBI, growth.bytesPerHour(), 0.001 * MEBI);
    assertTrue(growth.halfWidth() < MEBI, growth.toString());
    assertEquals(750 * SECOND, growth.observedNanos());
    assertTrue(growth.text().startsWith("memory still grows by 36 MB an hour (36 … 36)"));
  }

  @Test
  void saysThatNoGrowthIsSeen() {
    String text = growth(1000, 0, 4, 0.5).text();
    assertTrue(text.startsWith("no growth is seen, "), text);
  }

  @Test
  void saysNothingOfAShortLoad() {
    assertEquals(Optional.empty(), Growth.of(List.of(run(50, 36, 1, 0))));
  }

  /**
   * Memory that does not grow, but whose deviations last for a while. Of the intervals at most one
   * in ten misses zero: the reduction for autocorrelation is known to leave somewhat more than 5 %.
   */
  @Test
  void rarelyCallsAFlatServerGrowing() {
    for (double correlation : new double[] {0, 0.9, 0.99}) {
      int missed = 0;
      int all = 2000;
      for (int i = 0; i < all; i++) {
        Growth growth = growth(400, 0, 4, correlation);
        missed += Math.abs(growth.bytesPerHour()) > growth.halfWidth() ? 1 : 0;
      }
      assertTrue(missed < 0.10 * all, missed + " of " + all + " at " + correlation);
    }
  }

  @Test
  void severalRunsNarrowTheInterval() {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      runs.add(run(400, 36, 4, 0));
    }
    Growth all = Growth.of(runs).orElseThrow();
    Growth one = Growth.of(runs.subList(0, 1)).orElseThrow();
    assertEquals(9, all.runs());
    assertTrue(all.halfWidth() < one.halfWidth() / 2, one + " " + all);
  }

  private Growth growth(int seconds, double mebiPerHour, double noiseMebi, double correlation) {
    return Growth.of(List.of(run(seconds, mebiPerHour, noiseMebi, correlation))).orElseThrow();
  }

  /** A run with a sample each second, whose deviations follow each other with a correlation. */
  private Run run(int seconds, double mebiPerHour, double noiseMebi, double correlation) {
    List<Run.Sample> samples = new ArrayList<>();
    double deviation = random.nextGaussian();
    for (int second = 0; second < seconds; second++) {
      deviation =
          correlation * deviation
              + Math.sqrt(1 - correlation * correlation) * random.nextGaussian();
      double rss = 100 + mebiPerHour * second / 3600 + noiseMebi * deviation;
      rss -= second < seconds / 5 ? mebiPerHour * (seconds / 5 - second) / 36 : 0;
      samples.add(new Run.Sample(second * SECOND, (long) (rss * MEBI), -1, 1));
    }
    long end = seconds * SECOND;
    return new Run(
        "system",
        1,
        Run.Outcome.succeeded(0),
        new Run.Proof(true, List.of(), List.of(), List.of(), List.of()),
        new Run.Usage(end, 0, 0, 0, 0, 0, 0, 0, 0),
        OptionalLong.empty(),
        OptionalLong.empty(),
        samples,
        List.of(new Run.Phase("load", 0, 0), new Run.Phase("end", end, 0)),
        Optional.empty(),
        Optional.of(new Run.Load(end, List.of())),
        List.of());
  }
}
