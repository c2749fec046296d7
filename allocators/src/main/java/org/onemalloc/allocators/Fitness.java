package org.onemalloc.allocators;

import java.util.Objects;

/**
 * Whether an allocator can be used in one way, and why not.
 *
 * @param fit whether it can
 * @param reason why not, half a sentence in lower case without a full stop; empty if fit
 */
public record Fitness(boolean fit, String reason) {
  /** Fit, without a reason. */
  public static final Fitness FIT = new Fitness(true, "");

  /**
   * Checks the arguments.
   *
   * @throws IllegalArgumentException if something unfit has no reason, or something fit has one
   */
  public Fitness {
    Objects.requireNonNull(reason, "reason");
    if (fit != reason.isEmpty()) {
      throw new IllegalArgumentException(
          "an allocator has a reason if and only if it is not fit: " + reason);
    }
  }

  static Fitness unfit(String reason) {
    return new Fitness(false, reason);
  }
}
