package org.onemalloc.allocators;

import java.util.Map;
import java.util.Objects;

/**
 * An allocator, and whether it is used with its server profile.
 *
 * @param allocator the allocator
 * @param tuned whether its profile is used
 */
public record Choice(Allocator allocator, boolean tuned) {
  /** The suffix of a name that asks for the profile. */
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
   * Returns the variables to set in a program's environment in addition to LD_PRELOAD, in the order
   * in which to show them.
   *
   * @param userEnvironment the user's environment, which takes precedence
   */
  public Map<String, String> environment(Map<String, String> userEnvironment) {
    return tuned
        ? Tuning.environment(allocator, userEnvironment)
        : Tuning.passedOn(allocator, userEnvironment);
  }
}
