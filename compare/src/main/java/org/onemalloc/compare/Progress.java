package org.onemalloc.compare;

/** Hears of the progress of a comparison. Called by the comparing thread, between runs. */
public interface Progress {
  /**
   * A run begins.
   *
   * @param variant its variant
   * @param run which run this is, 1 for the first; the warm-up is 0
   * @param runs how many there will be at most, the warm-up omitted
   * @param remainingNanos the estimated time until then; negative while unknown
   */
  void starting(String variant, int run, int runs, long remainingNanos);

  /**
   * A round has ended.
   *
   * @param soFar what was measured
   * @return whether the verdicts are decided, so that no further round is needed; heeded after the
   *     rounds of {@link Comparison#looks} alone
   */
  boolean enough(Comparison soFar);

  /** All runs have ended. */
  void done();
}
