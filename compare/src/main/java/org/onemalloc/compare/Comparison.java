package org.onemalloc.compare;

import java.time.Instant;
import java.util.List;

/**
 * Everything that one {@code compare} measured: the input of every table, page and JSON file.
 *
 * @param command the command as the user gave it, or the built-in example's
 * @param variants what was compared, in the order of the table; the first is the baseline
 * @param runs the counted runs in the order in which they ended, warm-up left out
 * @param roundsAsked the rounds that were asked for; each round runs every variant once
 * @param interrupted whether the user stopped it before all rounds were done
 * @param sampleIntervalNanos the time between two samples of memory
 * @param machine where it ran
 * @param started when the first run began
 * @param reproduce the command line that repeats this comparison
 * @param notes sentences that a reader must know: a variant left out and why, a setting that could
 *     blur the figures
 */
public record Comparison(
    List<String> command,
    List<Variant> variants,
    List<Run> runs,
    int roundsAsked,
    boolean interrupted,
    long sampleIntervalNanos,
    Machine machine,
    Instant started,
    List<String> reproduce,
    List<String> notes) {

  /** Copies the lists. */
  public Comparison {
    command = List.copyOf(command);
    variants = List.copyOf(variants);
    runs = List.copyOf(runs);
    reproduce = List.copyOf(reproduce);
    notes = List.copyOf(notes);
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
