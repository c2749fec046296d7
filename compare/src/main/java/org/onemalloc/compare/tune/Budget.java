package org.onemalloc.compare.tune;

import java.time.Duration;

/** How much may be measured, the warm-up not counted. */
public sealed interface Budget {
  /**
   * A number of runs.
   *
   * @param most the number, 1 or more
   */
  record Runs(int most) implements Budget {}

  /**
   * A time.
   *
   * @param most the time of all runs together
   */
  record Time(Duration most) implements Budget {}

  /** So many runs that each candidate can run {@link Tuner#USUAL_ROUNDS} times. */
  record Usual() implements Budget {}

  /**
   * Returns whether more runs fit.
   *
   * @param done the runs so far
   * @param doneNanos their time
   * @param more the number of further runs
   * @param usual the number of runs if none was given
   */
  default boolean allows(int done, long doneNanos, int more, int usual) {
    return switch (this) {
      case Runs runs -> done + more <= runs.most();
      case Usual _ -> done + more <= usual;
      case Time time -> {
        double each = done == 0 ? 0 : (double) doneNanos / done;
        yield doneNanos + more * each <= time.most().toNanos();
      }
    };
  }
}
