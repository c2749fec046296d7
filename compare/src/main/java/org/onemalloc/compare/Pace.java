package org.onemalloc.compare;

import java.util.concurrent.TimeUnit;

/**
 * Decides when to take the next sample, so that sampling costs less than 1 % of one core, after
 * 0.15 s of CPU time for the start of a run. There are two budgets. The first is for the values
 * that the kernel keeps as counters. The second is for the proportional set size, for which the
 * kernel walks all pages of a process.
 *
 * <p>Whatever a sample costs, the next one is taken before the age of the run has grown by a
 * quarter. So a peak that lasts for a fifth of the time until its end is seen, although the first
 * samples of a cold JVM on a busy machine use up the budget. This adds a number of samples that is
 * the logarithm of the age.
 *
 * <p>Times are in nanoseconds since the program's start. Not thread-safe.
 */
final class Pace {
  /** The budget for all but the proportional set sizes, as a share of one core. */
  static final double SHARE = 0.006;

  /** The budget for the proportional set sizes, as a share of one core. */
  static final double WALK_SHARE = 0.003;

  /** CPU time that may be used in addition to the share, so that a short program is sampled too. */
  static final long CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The same for the proportional set sizes. */
  static final long WALK_CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /**
   * The gap between two samples is at most the program's age divided by this number, because the
   * program may end soon.
   */
  private static final int PARTS = 4;

  private static final long EARLIEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final long intervalNanos;
  private long spent;
  private long walks;
  private long lastWalk;

  Pace(long intervalNanos) {
    this.intervalNanos = intervalNanos;
  }

  /**
   * Returns when the next sample is due.
   *
   * @param last the time at which the last one was due
   * @param now the program's age
   * @param cost the CPU time of the last sample, without the proportional set sizes
   */
  long next(long last, long now, long cost) {
    spent += cost;
    long gap = Math.min(intervalNanos, Math.max(EARLIEST_NANOS, now / PARTS));
    // If a sample took longer than its gap, the missed ones are skipped.
    long wished = Math.max(last + gap, now + gap / 2);
    long affordable = (long) ((spent + cost - CREDIT_NANOS) / SHARE);
    return Math.max(wished, Math.min(affordable, now + now / PARTS));
  }

  /** Returns whether the proportional set sizes may be read now. */
  boolean mayWalk(long now) {
    return walks + lastWalk <= WALK_CREDIT_NANOS + WALK_SHARE * now;
  }

  /** Records the CPU time of reading the proportional set sizes. */
  void walked(long cost) {
    walks += cost;
    lastWalk = cost;
  }
}
