package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.onemalloc.compare.Fixture.plainRun;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Comparison.End;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;

/** Comparisons that end once their verdicts are decided, simulated. */
class StoppingTest {
  private static final List<Integer> LOOKS = List.of(2, 3, 5, 8, 12);
  private static final String[] NAMES = {"system", "a", "b", "c", "d", "e"};

  /** What each variant truly takes of the baseline's memory. */
  private static final double[] TRUTH = {1, 1, 1, 0.97, 0.9, 0.6};

  private record Tally(int wrong, int intervals, int falseCalls, int calls, int rounds) {}

  @Test
  void theIntervalsCoverTheTruthWhereverItEnds() {
    for (double scatter : new double[] {0.005, 0.02, 0.06}) {
      Tally tally = simulate(scatter, 250);
      double rate = (double) tally.wrong() / tally.intervals();
      assertTrue(rate < 0.06, () -> rate + " of the intervals miss the truth at " + scatter);
    }
  }

  @Test
  void fewOfTheDifferencesThatAreCalledAreNone() {
    for (double scatter : new double[] {0.005, 0.02, 0.06}) {
      Tally tally = simulate(scatter, 250);
      double rate = (double) tally.falseCalls() / tally.calls();
      assertTrue(rate < 0.06, () -> rate + " of the differences called are false at " + scatter);
    }
  }

  @Test
  void quietRunsEndEarlierThanNoisyOnes() {
    assertEquals(2, simulate(0.002, 20).rounds() / 20);
    assertTrue(simulate(0.06, 20).rounds() / 20 > 5);
  }

  /** Looks after the planned rounds, ends as the command does, and counts what it says then. */
  private static Tally simulate(double scatter, int comparisons) {
    int wrong = 0;
    int intervals = 0;
    int falseCalls = 0;
    int calls = 0;
    int rounds = 0;
    for (int seed = 0; seed < comparisons; seed++) {
      Judgement judgement = run(scatter, new Random(seed));
      rounds += judgement.comparison().rounds();
      for (int i = 1; i < TRUTH.length; i++) {
        Summary peak = judgement.variants().get(i).figures().get(Figure.PEAK);
        Ratio ratio = peak.ratio().orElseThrow();
        intervals++;
        wrong += ratio.low() > TRUTH[i] || ratio.high() < TRUTH[i] ? 1 : 0;
        boolean called =
            peak.difference() == Difference.LOWER || peak.difference() == Difference.HIGHER;
        calls += called ? 1 : 0;
        falseCalls += called && TRUTH[i] == 1 ? 1 : 0;
      }
    }
    return new Tally(wrong, intervals, falseCalls, calls, rounds);
  }

  private static Judgement run(double scatter, Random random) {
    List<Run> runs = new ArrayList<>();
    for (int round = 1; ; round++) {
      double weather = Math.exp(0.1 * random.nextGaussian());
      for (int i = 0; i < NAMES.length; i++) {
        double seconds = 10 * weather * Math.exp(scatter * random.nextGaussian());
        double memory = 300 * TRUTH[i] * weather * Math.exp(scatter * random.nextGaussian());
        runs.add(plainRun(NAMES[i], round, seconds, memory));
      }
      if (LOOKS.contains(round)) {
        Judgement judgement = Judge.judge(comparison(runs));
        if (judgement.undecided().isEmpty() || round == LOOKS.getLast()) {
          return judgement;
        }
      }
    }
  }

  private static Comparison comparison(List<Run> runs) {
    List<Variant> variants = Stream.of(NAMES).map(Fixture::variant).toList();
    Comparison whole = Fixture.comparison(variants, runs, 12);
    return new Comparison(
        whole.command(),
        whole.load(),
        variants,
        runs,
        LOOKS,
        End.RUNNING,
        whole.seed(),
        whole.sampleIntervalNanos(),
        whole.machine(),
        whole.started(),
        whole.reproduce(),
        whole.notes(),
        Optional.empty());
  }
}
