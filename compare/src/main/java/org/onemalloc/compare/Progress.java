package org.onemalloc.compare;

/** Receives the progress of a comparison. The comparing thread calls it between runs. */
public interface Progress {
  /**
   * Called before a run begins.
   *
   * @param variant the variant of the run
   * @param run the number of the run, 0 for the warm-up and 1 for the first counted run
   * @param runs the maximum number of counted runs
   * @param remainingNanos the estimated time until all runs have ended, in nanoseconds; negative
   *     while unknown
   */
  void starting(String variant, int run, int runs, long remainingNanos);

  /**
   * Called when a round has ended.
   *
   * @param soFar the measurements so far
   * @return whether the verdicts are decided, so that no further round is needed; the result is
   *     used only after the rounds of {@link Comparison#looks}
   */
  boolean enough(Comparison soFar);

  /** Called when all runs have ended. */
  void done();
}
