package org.onemalloc.compare;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The measurements of one {@code compare} so far: the input for every table, page and JSON file.
 *
 * @param command the command that the user gave, or that of the built-in example
 * @param load the command of the shell that used the server in each run; empty for a command that
 *     is no server
 * @param variants the compared variants, in the order of the table; the first is the baseline
 * @param runs the counted runs in execution order, without the warm-up
 * @param looks the rounds after which the comparison may end because the verdicts are decided,
 *     ascending; the last one is the number of rounds requested
 * @param end why the comparison ended, or that it is still running
 * @param seed the seed of the random order of the variants within each round
 * @param sampleIntervalNanos the time between two samples of memory
 * @param machine the machine on which it ran
 * @param started the time at which the first run began
 * @param reproduce the command line that repeats this comparison
 * @param notes sentences that a reader must know, such as the reason why a variant was omitted, or
 *     a setting that could distort the figures
 * @param target the file or directory to link in order to ship an allocator: the program, or the
 *     Java image that the command starts; empty if the command is a script and neither is known
 */
public record Comparison(
    List<String> command,
    Optional<String> load,
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

  /** The reason why a comparison ended. */
  public enum End {
    /** It has not ended. */
    RUNNING,
    /** All rounds have run. */
    ALL_ROUNDS,
    /** The verdicts were decided early. */
    DECIDED,
    /** The user stopped the comparison. */
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
   * Returns the number of rounds requested. Each round runs every variant once.
   *
   * @return the number, 1 or more
   */
  public int roundsAsked() {
    return looks.getLast();
  }

  /**
   * Returns the number of rounds that have begun.
   *
   * @return the number, 0 if there is no run yet
   */
  public int rounds() {
    return runs.stream().mapToInt(Run::round).max().orElse(0);
  }

  /**
   * Returns the runs of one variant, including those that failed or could not be proven.
   *
   * @param variant its name
   * @return the runs, by round
   */
  public List<Run> runsOf(String variant) {
    return runs.stream().filter(run -> run.variant().equals(variant)).toList();
  }
}
