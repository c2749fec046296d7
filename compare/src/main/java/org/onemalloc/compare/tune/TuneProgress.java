package org.onemalloc.compare.tune;

/** Receives the progress of a tuning. The tuning thread calls it between runs. */
public interface TuneProgress {
  /**
   * Called before a run begins.
   *
   * @param what the part of the tuning: "warm-up", "round 3", "fresh round 1"
   * @param candidate the candidate of the run
   * @param done the number of runs so far, without the warm-up
   * @param remainingNanos the time until the budget is used, in nanoseconds; negative while unknown
   */
  void starting(String what, String candidate, int done, long remainingNanos);

  /**
   * Called when there is something to say, such as which candidates a round has dropped.
   *
   * @param sentence one sentence
   */
  void said(String sentence);
}
