package org.onemalloc.compare.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class RaceTest {
  private static final int MOST_ROUNDS = 12;
  private static final int RACES = 400;

  /** The costs of a candidate, and the scatter of its logarithm. */
  private record Runner(double goal, double limited, double scatter) {
    Runner(double goal) {
      this(goal, 1, 0.03);
    }
  }

  /** Runs a race in which each round has an effect of its own on all candidates. */
  private static Race race(
      List<Runner> runners, double[] limits, DoubleSupplier noise, int rounds) {
    Race race = new Race(runners.size(), limits);
    List<double[][]> values = new ArrayList<>(); // by round: measure, candidate
    for (int round = 1; round <= rounds && !race.isSettled(); round++) {
      double weather = 0.2 * noise.getAsDouble();
      double[][] now = new double[1 + limits.length][runners.size()];
      for (int i : race.next()) {
        Runner runner = runners.get(i);
        now[0][i] = runner.goal * Math.exp(weather + runner.scatter * noise.getAsDouble());
        if (limits.length > 0) {
          now[1][i] = runner.limited * Math.exp(weather + runner.scatter * noise.getAsDouble());
        }
      }
      values.add(now);
      Scores scores = new Scores(1 + limits.length, runners.size(), round);
      for (int r = 0; r < round; r++) {
        for (int m = 0; m <= limits.length; m++) {
          for (int i = 0; i < runners.size(); i++) {
            double value = values.get(r)[m][i];
            if (value > 0) {
              scores.put(m, i, r + 1, value);
            }
          }
        }
      }
      race.look(scores);
    }
    return race;
  }

  private static List<Runner> equal(int count) {
    List<Runner> runners = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runners.add(new Runner(1));
    }
    return runners;
  }

  /** Returns how often a candidate was dropped in many races. */
  private static int dropped(
      List<Runner> runners, double[] limits, int candidate, Random random, boolean heavyTails) {
    DoubleSupplier noise = heavyTails ? () -> studentT5(random) : random::nextGaussian;
    int dropped = 0;
    for (int i = 0; i < RACES; i++) {
      Race race = race(runners, limits, noise, MOST_ROUNDS);
      dropped += race.standings().get(candidate).isRunning() ? 0 : 1;
    }
    return dropped;
  }

  /** Returns a value of Student's t with 5 degrees, scaled to variance 1: it has heavy tails. */
  private static double studentT5(Random random) {
    double squares = 0;
    for (int i = 0; i < 5; i++) {
      double z = random.nextGaussian();
      squares += z * z;
    }
    return random.nextGaussian() / Math.sqrt(squares / 5) * Math.sqrt(3.0 / 5);
  }

  @Test
  void ofEqualCandidatesEachIsDroppedInAtMostOneRaceOfTwenty() {
    Random random = new Random(1);
    int dropped = dropped(equal(8), new double[0], 3, random, false);
    assertTrue(dropped <= RACES / 20, dropped + " of " + RACES);
  }

  @Test
  void theBestByAHairIsDroppedInAtMostOneRaceOfTwentyAlsoWithHeavyTails() {
    Random random = new Random(2);
    List<Runner> runners = equal(8);
    runners.set(5, new Runner(0.99));
    int dropped = dropped(runners, new double[0], 5, random, true);
    assertTrue(dropped <= RACES / 20, dropped + " of " + RACES);
  }

  @Test
  void theErrorRateHoldsIfCandidatesScatterDifferently() {
    Random random = new Random(3);
    List<Runner> runners = equal(8);
    runners.set(2, new Runner(1, 1, 0.15));
    runners.set(6, new Runner(1, 1, 0.01));
    int noisy = dropped(runners, new double[0], 2, random, false);
    int quiet = dropped(runners, new double[0], 6, random, false);
    assertTrue(noisy <= RACES / 20, noisy + " of " + RACES);
    assertTrue(quiet <= RACES / 20, quiet + " of " + RACES);
  }

  @Test
  void aCandidateOnTheLimitIsDroppedInAtMostOneRaceOfTwenty() {
    Random random = new Random(4);
    List<Runner> runners = equal(8);
    runners.set(4, new Runner(0.8, 1.05, 0.02)); // the best that keeps the limit
    runners.set(7, new Runner(0.6, 1.3, 0.02)); // better, but it breaks the limit
    double[] limits = {1.05};
    int dropped = dropped(runners, limits, 4, random, false);
    assertTrue(dropped <= RACES / 20, dropped + " of " + RACES);
  }

  @Test
  void aBetterCandidateWinsAndTheOthersRunSeldom() {
    Random random = new Random(5);
    int won = 0;
    int runs = 0;
    List<Runner> runners = equal(12);
    runners.set(9, new Runner(0.8));
    for (int i = 0; i < 100; i++) {
      Race race = race(runners, new double[0], random::nextGaussian, MOST_ROUNDS);
      won += race.leader() == 9 ? 1 : 0;
      for (Standing standing : race.standings()) {
        runs += standing instanceof Standing.Worse worse ? worse.round() : MOST_ROUNDS;
      }
    }
    assertTrue(won >= 99, "won " + won);
    assertTrue(runs < 100 * 12 * 5, "a candidate ran " + runs / 1200.0 + " times on average");
  }

  @Test
  void whatBreaksALimitIsDroppedHoweverGoodItIs() {
    List<Runner> runners = equal(4);
    runners.set(2, new Runner(0.5, 1.5, 0.01));
    Race race = race(runners, new double[] {1.02}, new Random(6)::nextGaussian, 5);
    assertInstanceOf(Standing.Breaks.class, race.standings().get(2));
    assertTrue(race.next().contains(0), "the limit is relative to the baseline");
  }

  @Test
  void ofEqualCandidatesTheFirstIsChosen() {
    List<Runner> runners = new ArrayList<>(List.of(new Runner(1.4)));
    runners.addAll(equal(5));
    runners.set(4, new Runner(0.995));
    Race race = race(runners, new double[0], () -> 0, 4);
    assertEquals(1, race.leader());
    assertTrue(race.isSettled());
  }

  @Test
  void oneRunThatDoesNotCountIsForgivenTwoAreNot() {
    Race race = new Race(3, new double[0]);
    for (int round = 1; round <= 3; round++) {
      Scores scores = new Scores(1, 3, round);
      for (int r = 1; r <= round; r++) {
        scores.put(0, 0, r, 1 + 0.01 * r);
        scores.putFault(1, Math.min(r, 2));
        if (r == 1) {
          scores.putFault(2, r);
        } else {
          scores.put(0, 2, r, 1 + 0.011 * r);
        }
      }
      race.look(scores);
    }
    assertInstanceOf(Standing.Faulty.class, race.standings().get(1));
    assertTrue(race.standings().get(2).isRunning());
    assertEquals(List.of(0, 2), race.running());
  }

  @Test
  void aRaceOfOneIsOver() {
    Race race = new Race(1, new double[0]);
    Scores scores = new Scores(1, 1, 1);
    scores.put(0, 0, 1, 5);
    race.look(scores);
    assertTrue(race.isSettled());
    assertEquals(0, race.leader());
  }
}
