package org.onemalloc.compare.tune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.onemalloc.compare.judge.Duels;

/**
 * A race of candidates. Each round runs every candidate that is left once, in random order: the
 * rounds are blocks. After each round, from the third on, a candidate is dropped that is shown to
 * be worse than another one, by {@link #TOLERANCE} or more, or to break a constraint.
 *
 * <p>The design is that of F-Race (M. Birattari, T. Stützle, L. Paquete, K. Varrentrapp, "A racing
 * algorithm for configuring metaheuristics", GECCO 2002): a new block in each round, and no further
 * run for what is worse. The control of errors is that of Hoeffding races (O. Maron and A. W.
 * Moore, "Hoeffding races", NIPS 6, 1994): the error rate is divided among all tests that could
 * drop the best candidate, so that it is dropped in at most one race of twenty.
 *
 * <p>Which tests these are: the best candidate that keeps the constraints, whichever it is, is
 * compared with each of the n − 1 others, and with each of the m limits. A candidate that breaks a
 * constraint must not drop it, so only candidates drop others that are shown to keep every
 * constraint within {@link #TOLERANCE}: (n − 1) m more tests. The sum is (n − 1)(1 + m) + m tests
 * in each look, whichever candidates are left. The look after round r has the share 3 / (r (r + 1))
 * of the error rate. The first look is after round 3, and the shares add up to 1 however long the
 * race lasts, so that it can be continued with a larger budget. Each test is a t test on one side
 * with the common error of all candidates ({@link Duels}).
 *
 * <p>Rejected: the rank test of F-Race, which needs five rounds of all candidates before it can
 * drop one at these rates; and the bounds of Hoeffding and Bernstein, which assume a known range of
 * the values and are several times as wide with ten runs.
 */
final class Race {
  /** The probability that the best candidate is dropped. */
  static final double ERROR_RATE = 0.05;

  /**
   * A difference that is never worth a change, as in {@code compare}: two candidates that differ by
   * less are equal, and a limit that is exceeded by less does not disqualify a rival.
   */
  static final double TOLERANCE = 1.02;

  /**
   * With two rounds, nothing shows whether a candidate scatters more than the others, and one that
   * scatters five times as much would be dropped wrongly in one race of seven (by simulation).
   */
  static final int FIRST_LOOK = 3;

  private static final int MOST_FAULTS = 2;
  private static final int BASELINE = 0;

  private final double[] limits;
  private final List<Standing> standings;
  private Duels[] duels;
  private double each = 0.25; // before the first look only estimates are used
  private boolean looked;

  /**
   * Starts a race.
   *
   * @param candidates their number; the first is the baseline, to which the limits refer
   * @param limits the most that each constraint allows, as ratios of costs to the baseline's
   */
  Race(int candidates, double[] limits) {
    this.limits = limits.clone();
    this.standings = new ArrayList<>(Collections.nCopies(candidates, new Standing.Running()));
  }

  List<Standing> standings() {
    return List.copyOf(standings);
  }

  /** Returns the candidates that are left. */
  List<Integer> running() {
    return IntStream.range(0, standings.size())
        .filter(i -> standings.get(i).isRunning())
        .boxed()
        .toList();
  }

  /**
   * Returns the candidates of the next round: those that are left, and the baseline if there is a
   * limit relative to it.
   */
  List<Integer> next() {
    List<Integer> next = new ArrayList<>(running());
    if (limits.length > 0 && !next.contains(BASELINE)) {
      next.addFirst(BASELINE);
    }
    return next;
  }

  /**
   * Drops candidates after a round.
   *
   * @param scores all rounds so far; the measures are the goal and the constraints
   */
  void look(Scores scores) {
    int round = scores.rounds();
    for (int i : running()) {
      if (scores.faults(i) >= MOST_FAULTS) {
        standings.set(i, new Standing.Faulty(round));
      }
    }
    duels = new Duels[1 + limits.length];
    for (int i = 0; i < duels.length; i++) {
      duels[i] = new Duels(scores.of(i));
    }
    if (round < FIRST_LOOK) {
      return;
    }
    each = rate(round);
    looked = true;
    for (int i : running()) {
      broken(i, round).ifPresent(breaks -> standings.set(i, breaks));
    }
    List<Integer> left = running();
    List<Integer> sound = left.stream().filter(this::keepsLimits).toList();
    int leader = leader();
    for (int i : left) {
      if (i != leader) { // estimates of candidates with errors of their own need not be transitive
        worse(i, sound, round).ifPresent(worse -> standings.set(i, worse));
      }
    }
  }

  /** Returns the error rate of one test in the look after a round. */
  private double rate(int round) {
    int others = standings.size() - 1;
    int tests = Math.max(1, others * (1 + limits.length) + limits.length);
    return ERROR_RATE * FIRST_LOOK / (round * (round + 1.0)) / tests;
  }

  private Optional<Standing> broken(int candidate, int round) {
    for (int i = 0; i < limits.length; i++) {
      Optional<Duels.Bounds> ratio = duels[1 + i].ratio(candidate, BASELINE, each);
      if (candidate != BASELINE && ratio.isPresent() && ratio.get().low() > limits[i]) {
        return Optional.of(new Standing.Breaks(round, i, ratio.get().low()));
      }
    }
    return Optional.empty();
  }

  private boolean keepsLimits(int candidate) {
    return isWithin(candidate, Duels.Bounds::high, TOLERANCE);
  }

  /** Returns whether a candidate exceeds no limit by more than a factor. */
  private boolean isWithin(int candidate, ToDoubleFunction<Duels.Bounds> value, double factor) {
    return IntStream.range(0, limits.length)
        .allMatch(
            i ->
                duels[1 + i]
                    .ratio(candidate, BASELINE, each)
                    .filter(ratio -> value.applyAsDouble(ratio) <= limits[i] * factor)
                    .isPresent());
  }

  private Optional<Standing> worse(int candidate, List<Integer> rivals, int round) {
    int than = -1;
    double most = 1;
    for (int rival : rivals) {
      Optional<Duels.Bounds> ratio = duels[0].ratio(candidate, rival, each);
      if (rival != candidate
          && ratio.isPresent()
          && ratio.get().low() > most
          && ratio.get().estimate() >= TOLERANCE) {
        most = ratio.get().low();
        than = rival;
      }
    }
    return than < 0 ? Optional.empty() : Optional.of(new Standing.Worse(round, than, most));
  }

  /**
   * Returns the candidate that is the best so far: of those whose estimates keep the limits and are
   * within {@link #TOLERANCE} of the lowest, the first, because simpler candidates come first.
   * Returns the baseline if none keeps the limits.
   */
  int leader() {
    List<Integer> best = ranked();
    if (best.isEmpty()) {
      return BASELINE;
    }
    double lowest = estimate(best.getFirst());
    return best.stream()
        .filter(i -> estimate(i) <= lowest * TOLERANCE)
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** Returns the candidates that are left and whose estimates keep the limits, the best first. */
  List<Integer> ranked() {
    return running().stream()
        .filter(i -> Double.isFinite(estimate(i)) && isWithin(i, Duels.Bounds::estimate, 1))
        .sorted(Comparator.<Integer>comparingDouble(this::estimate).thenComparing(i -> i))
        .toList();
  }

  /** Returns the cost relative to the first candidate that is left; NaN if it is not known. */
  private double estimate(int candidate) {
    return duels == null
        ? Double.NaN
        : duels[0]
            .ratio(candidate, running().getFirst(), each)
            .map(Duels.Bounds::estimate)
            .orElse(Double.NaN);
  }

  /**
   * Returns whether more rounds would change nothing that matters: no candidate that is left can be
   * better than the leader by more than {@link #TOLERANCE}.
   */
  boolean isSettled() {
    int leader = leader();
    return running().size() == 1
        || (looked
            && running().stream()
                .allMatch(
                    i ->
                        duels[0]
                            .ratio(i, leader, each)
                            .filter(ratio -> ratio.low() >= 1 / TOLERANCE)
                            .isPresent()));
  }
}
