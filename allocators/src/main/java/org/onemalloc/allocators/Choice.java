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
    return environment(userEnvironment, true);
  }

  /**
   * Returns the same for a program in which the allocator may not be able to have a thread.
   *
   * <p>glibc changes the user of all threads, and ends the process if one of them fails
   * (nptl/nptl_setxid.c). A program that keeps capabilities meanwhile, as setpriv(1) does, keeps
   * them in its own thread only, so that jemalloc's background thread fails.
   *
   * @param userEnvironment the user's environment, which takes precedence
   * @param threads whether the allocator may start threads
   */
  public Map<String, String> environment(Map<String, String> userEnvironment, boolean threads) {
    return tuned
        ? Tuning.environment(allocator, userEnvironment, threads)
        : Tuning.passedOn(allocator, userEnvironment);
  }
}
