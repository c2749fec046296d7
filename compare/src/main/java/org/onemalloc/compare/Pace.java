package org.onemalloc.compare;

import java.util.concurrent.TimeUnit;

/**
 * When to look at a program next, so that looking costs next to nothing: less than 1 % of one core,
 * after 0.15 s of CPU time for the first moments of a run. Two budgets: what the kernel has counted
 * already is read as often as wished while its share lasts; the proportional set size, for which
 * the kernel walks all pages of a process, has a share of its own.
 *
 * <p>Times are nanoseconds since the program's start. For one thread.
 */
final class Pace {
  /** What all but the proportional sizes may cost, as a share of one core. */
  static final double SHARE = 0.006;

  /** What the proportional sizes may cost. */
  static final double WALK_SHARE = 0.003;

  /** What may be used before the share counts: a short program must be seen too. */
  static final long CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The same for the proportional sizes. */
  static final long WALK_CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Early samples are this many times closer than the program is old: its end may be near. */
  private static final int EARLY = 4;

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
   * @param last when the last one was due
   * @param now the program's age
   * @param cost CPU time of the last sample, without its walk
   */
  long next(long last, long now, long cost) {
    spent += cost;
    long gap = Math.min(intervalNanos, Math.max(EARLIEST_NANOS, now / EARLY));
    // A sample that took longer than its gap is not made up for.
    long wished = Math.max(last + gap, now + gap / 2);
    long affordable = (long) ((spent + cost - CREDIT_NANOS) / SHARE);
    return Math.max(wished, affordable);
  }

  /** Whether the proportional sizes may be read now. */
  boolean mayWalk(long now) {
    return walks + lastWalk <= WALK_CREDIT_NANOS + WALK_SHARE * now;
  }

  /** Takes note of what reading them cost. */
  void walked(long cost) {
    walks += cost;
    lastWalk = cost;
  }
}
