package org.onemalloc.compare;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything that one {@code compare} has measured so far: the input of every table, page and JSON
 * file.
 *
 * @param command the command as the user gave it, or the built-in example's
 * @param variants what was compared, in the order of the table; the first is the baseline
 * @param runs the counted runs in the order in which they were run, the warm-up omitted
 * @param looks the rounds after which it may end because the verdicts are decided, ascending; the
 *     last one is the number of rounds that were asked for
 * @param end why it ended, or that it goes on
 * @param seed what the order of the variants within each round was drawn from
 * @param sampleIntervalNanos the time between two samples of memory
 * @param machine where it ran
 * @param started when the first run began
 * @param reproduce the command line that repeats this comparison
 * @param notes sentences that a reader must know: a variant that was omitted and why, a setting
 *     that could blur the figures
 * @param target what would be linked to ship a choice: the program, or the Java image that the
 *     command starts; empty where the command is a script that starts neither
 */
public record Comparison(
    List<String> command,
    List<Variant> variants,
    List<Run> runs,
    List<Integer> looks,
    End end,
    long seed,
    long sampleIntervalNanos,
    Machine machine,
    Instant started,
    List<String> reproduce,
    List<String> notes,
    Optional<Path> target) {

  /** Why a comparison has no further round. */
  public enum End {
    /** It has: more rounds will come. */
    RUNNING,
    /** All rounds were run. */
    ALL_ROUNDS,
    /** The verdicts were decided. */
    DECIDED,
    /** The user stopped it. */
    INTERRUPTED,
    /** A run could not be started; a note says why. */
    FAILED
  }

  /** Copies the lists. */
  public Comparison {
    command = List.copyOf(command);
    variants = List.copyOf(variants);
    runs = List.copyOf(runs);
    looks = List.copyOf(looks);
    reproduce = List.copyOf(reproduce);
    notes = List.copyOf(notes);
  }

  /**
   * How many rounds were asked for; each runs every variant once.
   *
   * @return 1 or more
   */
  public int roundsAsked() {
    return looks.getLast();
  }

  /**
   * How many rounds have begun.
   *
   * @return 0 if there is no run yet
   */
  public int rounds() {
    return runs.stream().mapToInt(Run::round).max().orElse(0);
  }

  /**
   * The runs of one variant, those that failed or could not be proven among them.
   *
   * @param variant its name
   * @return the runs, by round
   */
  public List<Run> runsOf(String variant) {
    return runs.stream().filter(run -> run.variant().equals(variant)).toList();
  }
}
