package org.onemalloc.compare.tune;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Trials;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.tune.Trial.Stage;
import org.onemalloc.compare.tune.TuneResult.End;
import org.onemalloc.text.OutputException;

/**
 * Implements {@code tune}: a race of candidates ({@link Race}), then fresh runs of the best, the
 * defaults and the server profile. Only the fresh runs give the figures of what is recommended: the
 * best of many candidates owes some of its lead to luck, which does not repeat.
 *
 * <p>Only one thread may call {@link #tune}; any thread may call {@link #interrupt}.
 */
public final class Tuner implements AutoCloseable {
  /** The rounds that the usual budget gives to each candidate. */
  static final int USUAL_ROUNDS = 6;

  /** The fresh runs of each candidate that gets some. */
  static final int FRESH_ROUNDS = 5;

  /** The candidates of the fresh runs besides the defaults and the server profile. */
  private static final int MOST_SURVIVORS = 3;

  private static final int LEAST_ROUNDS = Race.FIRST_LOOK;

  private static final int WARM_UPS = 3;

  private static final List<String> USUAL = List.of("system", "mimalloc", "jemalloc");

  private final TuneRequest request;
  private final Instant started = Instant.now();
  private final List<String> notes = new ArrayList<>();
  private final StateFile state;
  private final Trials trials;
  private final String machine; // as it is known before the warm-up, in each process
  private Field field;

  /**
   * Prepares a tuning. Nothing is run.
   *
   * @param request the request
   * @throws OutputException if the state cannot be read and written
   * @throws CommandException if the command cannot be used, or the state is of another one
   */
  public Tuner(TuneRequest request) throws OutputException {
    this.request = request;
    StateFile opened = StateFile.open(request.state());
    try {
      this.trials = new Trials(request.measured());
      opened.require("command", Identity.command(request));
      this.machine = Identity.machine(trials.machine());
      opened.require("machine", machine);
      opened.require("goal", Identity.goal(request));
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
    this.state = opened;
  }

  /**
   * Runs the tuning, or what is left of it.
   *
   * @param progress receives the start of every run and what each round has decided
   * @return what was found, up to the point where the tuning ended
   * @throws CommandException if the command or an allocator that was named cannot be used, the
   *     warm-up fails, or the budget is too small; the state was not changed
   * @throws OutputException if the state cannot be written
   */
  public TuneResult tune(TuneProgress progress) throws OutputException {
    List<String> allocators = request.allocators().isEmpty() ? USUAL : request.allocators();
    Identity.requireNoSettings(trials, allocators);
    progress.starting("warm-up", allocators.getFirst(), state.trials().size(), -1);
    Run warmUp = trials.warmUp(allocators.getFirst());
    // A short program on a busy machine may end between two samples of its memory.
    for (int i = 1; i < WARM_UPS && warmUp.samples().isEmpty() && !trials.interrupted(); i++) {
      warmUp = trials.warmUp(allocators.getFirst());
    }
    if (trials.interrupted()) {
      throw CommandException.unusable("It was interrupted in its warm-up: nothing was measured.");
    }
    if (!warmUp.proof().failures().isEmpty()) {
      allocators = shipped(allocators, warmUp);
    }
    List<Candidate> candidates =
        Candidates.of(trials, allocators, !request.allocators().isEmpty(), notes);
    field = new Field(request, candidates, Figure.of(List.of(warmUp)), warmUp);
    state.require("set of candidates", Identity.candidates(candidates));
    requireBudget(warmUp);
    state.put("command", Identity.command(request));
    state.put("machine", machine);
    state.put("goal", Identity.goal(request));
    state.put("set of candidates", Identity.candidates(candidates));
    if (state.isBegun()) {
      progress.said(
          "%d runs are in %s: it goes on from there."
              .formatted(state.trials().size(), request.state()));
    }
    return race(progress);
  }

  /** Replaces the baseline where the program has an allocator of its own, or refuses it. */
  private List<String> shipped(List<String> allocators, Run warmUp) {
    String why = warmUp.proof().failures().getFirst();
    if (!request.allocators().isEmpty()) {
      throw CommandException.unusable(
          "The warm-up on %s does not count: %s".formatted(allocators.getFirst(), why));
    }
    notes.add("system was omitted: " + why + " shipped is the program as it is.");
    List<String> changed = new ArrayList<>(allocators);
    changed.set(0, Candidates.SHIPPED);
    return changed;
  }

  /** Refuses a budget that does not allow a look at the race and the fresh runs. */
  private void requireBudget(Run warmUp) {
    int least = LEAST_ROUNDS * field.size() + freshRuns(Math.min(field.size(), mostFinalists()));
    if (request.budget() instanceof Budget.Runs runs && runs.most() < least) {
      throw CommandException.unusable(
          "--runs %d is not enough: %d candidates take at least %d, three of each and %d fresh ones for each of the best; name fewer allocators with -a."
              .formatted(runs.most(), field.size(), least, FRESH_ROUNDS));
    }
    Duration shortest = Duration.ofNanos(least * warmUp.usage().wallNanos());
    if (request.budget() instanceof Budget.Time time && time.most().compareTo(shortest) < 0) {
      throw CommandException.unusable(
          "--minutes is not enough: %d candidates take at least %d runs, that is %d minutes; name fewer allocators with -a."
              .formatted(field.size(), least, shortest.toMinutes() + 1));
    }
  }

  private TuneResult race(TuneProgress progress) throws OutputException {
    Race race = new Race(field.size(), field.limits());
    int round = 0;
    try {
      while (mayGoOn(race, round)) {
        round++;
        if (!run(Stage.RACE, round, race.next(), progress)) {
          return result(race, round - 1, Optional.empty(), End.INTERRUPTED);
        }
        List<Standing> before = race.standings();
        race.look(field.scores(trials(Stage.RACE), round));
        progress.said(field.change(round, before, race.standings()));
        if (race.standings().getFirst() instanceof Standing.Faulty) {
          notes.add("It ended because the runs of the baseline do not count: " + firstFault());
          return result(race, round, Optional.empty(), End.FAILED);
        }
      }
      List<Integer> finalists = finalists(race);
      for (int fresh = 1; fresh <= FRESH_ROUNDS; fresh++) {
        if (!run(Stage.FRESH, fresh, finalists, progress)) {
          return result(race, round, Optional.of(race.leader()), End.INTERRUPTED);
        }
      }
      return result(race, round, Optional.of(race.leader()), End.FINISHED);
    } catch (CommandException | UncheckedIOException | IllegalStateException e) {
      if (state.trials().isEmpty()) {
        throw e;
      }
      notes.add("It ended in round " + round + ": " + e.getMessage());
      return result(race, Math.max(0, round - 1), Optional.empty(), End.FAILED);
    }
  }

  private String firstFault() {
    return trials(Stage.RACE).stream()
        .filter(trial -> trial.candidate().equals(field.name(0)) && !trial.counts())
        .map(Trial::reason)
        .findFirst()
        .orElse("");
  }

  /**
   * Returns whether the race has another round. A round that was begun is always completed, and
   * none is begun after fresh runs: those were made for the candidates that were the best then.
   */
  private boolean mayGoOn(Race race, int rounds) {
    int next = rounds + 1;
    if (trials(Stage.RACE).stream().anyMatch(trial -> trial.round() >= next)) {
      return true;
    }
    if (!trials(Stage.FRESH).isEmpty() || race.next().isEmpty()) {
      return false;
    }
    if (rounds < LEAST_ROUNDS) {
      return true;
    }
    return !race.isSettled() && allows(race.next().size() + freshRuns(finalists(race).size()));
  }

  private static int freshRuns(int finalists) {
    return FRESH_ROUNDS * finalists;
  }

  /** The baseline, the defaults and the profile of the best one's allocator, and the best. */
  private static int mostFinalists() {
    return 3 + MOST_SURVIVORS;
  }

  private int usualRuns() {
    return USUAL_ROUNDS * field.size() + freshRuns(Math.min(field.size(), mostFinalists()));
  }

  private boolean allows(int more) {
    List<Trial> done = state.trials();
    return request.budget().allows(done.size(), nanos(done), more, usualRuns());
  }

  private static long nanos(List<Trial> trials) {
    return trials.stream().mapToLong(Trial::nanos).sum();
  }

  /** Returns the candidates of the fresh runs, in the order of the candidates. */
  private List<Integer> finalists(Race race) {
    int leader = race.leader();
    Set<Integer> finalists = new LinkedHashSet<>(List.of(0, leader));
    finalists.addAll(field.profilesOf(leader));
    race.ranked().stream().limit(MOST_SURVIVORS).forEach(finalists::add);
    return finalists.stream().limit(mostFinalists()).sorted().toList();
  }

  /** Runs a round, without the runs that are there already; returns false if interrupted. */
  private boolean run(Stage stage, int round, List<Integer> members, TuneProgress progress)
      throws OutputException {
    List<Integer> order = new ArrayList<>(members);
    long stream = stage == Stage.RACE ? round : -round; // each round has an order of its own
    Collections.shuffle(order, new Random(request.measured().seed() * 31 + stream));
    for (int member : order) {
      String name = field.name(member);
      Predicate<Trial> same =
          trial ->
              trial.stage() == stage && trial.round() == round && trial.candidate().equals(name);
      if (state.trials().stream().anyMatch(same)) {
        continue;
      }
      if (trials.interrupted()) {
        return false;
      }
      String what = (stage == Stage.RACE ? "round " : "fresh round ") + round;
      progress.starting(what, name, state.trials().size(), remaining());
      long begun = System.nanoTime();
      Run run = trials.run(name, round);
      if (trials.interrupted()) {
        return false;
      }
      state.add(Trial.of(stage, round, run, System.nanoTime() - begun));
    }
    return true;
  }

  private long remaining() {
    List<Trial> done = state.trials();
    if (request.budget() instanceof Budget.Time time) {
      return Math.max(0, time.most().toNanos() - nanos(done));
    }
    int most = request.budget() instanceof Budget.Runs runs ? runs.most() : usualRuns();
    return done.isEmpty() ? -1 : nanos(done) / done.size() * Math.max(0, most - done.size());
  }

  private List<Trial> trials(Stage stage) {
    return state.trials().stream().filter(trial -> trial.stage() == stage).toList();
  }

  private TuneResult result(Race race, int rounds, Optional<Integer> chosen, End end) {
    return new TuneResult(
        request,
        field.goal(),
        field.constraints(),
        field.figures(),
        field.entries(race.standings(), trials(Stage.RACE), trials(Stage.FRESH)),
        rounds,
        chosen,
        end,
        trials.machine(),
        started,
        notes,
        trials.target());
  }

  /** Ends the current run, and makes {@link #tune} return what was found so far. */
  public void interrupt() {
    trials.interrupt();
  }

  @Override
  public void close() {
    trials.close();
    state.close();
  }
}
