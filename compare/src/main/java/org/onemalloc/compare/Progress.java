package org.onemalloc.compare;

/** Hears how a comparison gets on. Called by the comparing thread, between runs. */
public interface Progress {
  /**
   * A run begins.
   *
   * @param variant its variant
   * @param run which run this is, 1 for the first; the warm-up is 0
   * @param runs how many there will be, the warm-up left out
   * @param remainingNanos the estimated time until the end; negative while unknown
   */
  void starting(String variant, int run, int runs, long remainingNanos);

  /** All runs have ended. */
  void done();
}
