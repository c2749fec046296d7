package org.onemalloc.compare.tune;

/** Where a candidate stands in the race. */
public sealed interface Standing {
  /** It has not been dropped. */
  record Running() implements Standing {}

  /**
   * It was shown to be worse than another one.
   *
   * @param round the round after which it was dropped
   * @param than the index of the other candidate
   * @param atLeast how many times the other's cost its own is at least, above 1
   */
  record Worse(int round, int than, double atLeast) implements Standing {}

  /**
   * It was shown to break a constraint.
   *
   * @param round the round after which it was dropped
   * @param constraint the index of the constraint
   * @param atLeast how many times the baseline's cost its own is at least, above the limit
   */
  record Breaks(int round, int constraint, double atLeast) implements Standing {}

  /**
   * Its runs did not count.
   *
   * @param round the round after which it was dropped
   */
  record Faulty(int round) implements Standing {}

  /** Returns whether it is still in the race. */
  default boolean isRunning() {
    return this instanceof Running;
  }
}
