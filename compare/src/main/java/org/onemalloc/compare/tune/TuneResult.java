package org.onemalloc.compare.tune;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.compare.Machine;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;

/**
 * What a tuning has found so far: the input for the table, the page and the JSON.
 *
 * @param request what was asked for
 * @param goal the figure that is to be as good as possible
 * @param limits the constraints
 * @param figures the figures to show, the goal first
 * @param entries the candidates; the first is the baseline
 * @param rounds the rounds of the race that are complete
 * @param chosen the index of the candidate that the race chose; empty before the race has ended
 * @param end why the tuning ended
 * @param machine the machine on which it ran
 * @param started the time at which this process began
 * @param notes sentences that a reader must know, such as which allocator was omitted
 * @param target what to link in order to ship an allocator, if it is known
 */
public record TuneResult(
    TuneRequest request,
    Figure goal,
    List<Limit> limits,
    List<Figure> figures,
    List<Entry> entries,
    int rounds,
    Optional<Integer> chosen,
    End end,
    Machine machine,
    Instant started,
    List<String> notes,
    Optional<Path> target) {

  /** The reason why a tuning ended. */
  public enum End {
    /** The fresh runs were made. */
    FINISHED,
    /** The user stopped it; the same command continues it. */
    INTERRUPTED,
    /** A run could not be started, or the baseline's runs do not count; a note says why. */
    FAILED
  }

  /**
   * A constraint.
   *
   * @param constraint as the user gave it
   * @param figure its figure
   * @param most the most that it allows, as a ratio of costs to the baseline's
   */
  public record Limit(Constraint constraint, Figure figure, double most) {}

  /**
   * A candidate, and what became of it.
   *
   * @param candidate the candidate
   * @param standing where it stands in the race
   * @param race its runs in the race
   * @param fresh its runs after the race, which were not used to choose
   * @param raceRatios its figures relative to the baseline's in the race, with 95 % intervals;
   *     these runs were used to choose, so that those of the best look better than they are
   * @param freshRatios the same of the fresh runs
   */
  public record Entry(
      Candidate candidate,
      Standing standing,
      List<Trial> race,
      List<Trial> fresh,
      Map<Figure, Bounds> raceRatios,
      Map<Figure, Bounds> freshRatios) {
    /** Copies the collections. */
    public Entry {
      race = List.copyOf(race);
      fresh = List.copyOf(fresh);
      raceRatios = Collections.unmodifiableMap(new LinkedHashMap<>(raceRatios));
      freshRatios = Collections.unmodifiableMap(new LinkedHashMap<>(freshRatios));
    }
  }

  /** Copies the lists. */
  public TuneResult {
    limits = List.copyOf(limits);
    figures = List.copyOf(figures);
    entries = List.copyOf(entries);
    notes = List.copyOf(notes);
  }

  /**
   * Returns the candidate to which all ratios refer.
   *
   * @return the defaults of the first allocator
   */
  public Entry baseline() {
    return entries.getFirst();
  }

  /**
   * Returns the candidate that the race chose.
   *
   * @return the candidate; empty before the race has ended
   */
  public Optional<Entry> winner() {
    return chosen.map(entries::get);
  }

  /**
   * Returns the number of runs, without warm-ups.
   *
   * @return the number
   */
  public int runs() {
    return entries.stream().mapToInt(entry -> entry.race().size() + entry.fresh().size()).sum();
  }
}
