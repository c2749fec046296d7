package org.onemalloc.benchmarks.suite;

import java.util.Arrays;

/**
 * The repetitions of a process: first those that warm it up, at least two, for a given time, then
 * those that are measured.
 */
final class Repetitions implements Crew.Log {
  private static final int FEWEST = 2;

  private final long warmUp;
  private final long[] measured;
  private final Runnable warm;
  private long spent;
  private int done;
  private int noted = -1;
  private long checksum;

  /**
   * Makes the plan.
   *
   * @param warmUp how long to warm up, in ns
   * @param count how many repetitions to measure, at least 1
   * @param warm is run once between the last repetition before and the first measured one
   */
  Repetitions(long warmUp, int count, Runnable warm) {
    this.warmUp = warmUp;
    this.measured = new long[count];
    this.warm = warm;
  }

  @Override
  public boolean add(long nanos, long sum) {
    if (done++ > 0 && sum != checksum) {
      throw new IllegalStateException("Repetition " + done + " differs from the one before.");
    }
    checksum = sum;
    if (noted >= 0) {
      measured[noted++] = nanos;
      return noted < measured.length;
    }
    spent += nanos;
    if (done >= FEWEST && spent >= warmUp) {
      warm.run();
      noted = 0;
    }
    return true;
  }

  /**
   * Returns the shortest of the measured repetitions, in ns. All do the same work; what makes one
   * longer is mostly another process, which on a shared machine moves a median too.
   */
  long shortest() {
    return Arrays.stream(measured).min().orElseThrow();
  }

  long checksum() {
    return checksum;
  }
}
