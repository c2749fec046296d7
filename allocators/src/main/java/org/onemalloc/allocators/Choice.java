package org.onemalloc.allocators;

import java.util.Map;
import java.util.Objects;

/**
 * An allocator as it is to be used: plain, or with its server profile.
 *
 * @param allocator the allocator
 * @param tuned whether with its profile
 */
public record Choice(Allocator allocator, boolean tuned) {
  /** What follows a name that is to be used with its profile. */
  public static final String TUNED = "+tuned";

  /** Checks that nothing is null. */
  public Choice {
    Objects.requireNonNull(allocator, "allocator");
  }

  /** Returns the name that the user would give for it, {@code mimalloc+tuned}. */
  public String name() {
    String name = allocator.usual() ? allocator.name() : allocator.qualifiedName();
    if (allocator.origin() == Origin.PATH) {
      name = allocator.qualifiedName();
    }
    return tuned ? name + TUNED : name;
  }

  /**
   * Returns what to set in the environment of a program beside LD_PRELOAD; in the order to show.
   *
   * @param userEnvironment the environment that the user gave; what it says wins
   */
  public Map<String, String> environment(Map<String, String> userEnvironment) {
    return tuned
        ? Tuning.environment(allocator, userEnvironment)
        : Tuning.passedOn(allocator, userEnvironment);
  }
}
