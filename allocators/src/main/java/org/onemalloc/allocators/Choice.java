package org.onemalloc.allocators;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * An allocator and its settings: its own defaults, its server profile, or a profile from a file.
 *
 * @param allocator the allocator
 * @param tuned whether its server profile is used
 * @param profile another profile; empty for none
 * @param fewestCalls whether it is for a program that can filter system calls: then the settings
 *     are those with which the allocator makes the fewest, unless there is a profile
 */
public record Choice(
    Allocator allocator, boolean tuned, Optional<SettingsProfile> profile, boolean fewestCalls) {
  /** The suffix of a name that asks for the profile. */
  public static final String TUNED = "+tuned";

  /** What is between the name of an allocator and the file of a profile. */
  static final char WITH = '+';

  /**
   * Checks that nothing is null, and that a profile is for the allocator.
   *
   * @throws AllocatorException if it is for another one
   */
  public Choice {
    Objects.requireNonNull(allocator, "allocator");
    profile.ifPresent(settings -> settings.requireFor(allocator));
  }

  /**
   * Creates a choice without a profile from a file.
   *
   * @param allocator the allocator
   * @param tuned whether its server profile is used
   */
  public Choice(Allocator allocator, boolean tuned) {
    this(allocator, tuned, Optional.empty(), false);
  }

  /**
   * Returns the same allocator with the settings of a profile alone.
   *
   * @param settings the profile
   * @throws AllocatorException if the profile is for another allocator
   */
  public Choice with(SettingsProfile settings) {
    return new Choice(allocator, false, Optional.of(settings), fewestCalls);
  }

  /**
   * Returns the same choice for a program that can filter system calls.
   *
   * @param filters whether the program can
   */
  public Choice behindFilter(boolean filters) {
    return new Choice(allocator, tuned, profile, filters);
  }

  /**
   * Returns the settings, in the order in which to show them; none for the allocator's defaults.
   */
  public List<Setting> settings() {
    return profile
        .map(SettingsProfile::settings)
        .orElseGet(
            () ->
                fewestCalls
                    ? Tuning.fewestCalls(allocator.kind(), allocator.version())
                    : tuned ? Tuning.settings(allocator) : List.of());
  }

  /** Returns the flags that a JVM needs for the settings. */
  public List<String> jvmFlags() {
    return profile.map(SettingsProfile::jvmFlags).orElse(List.of());
  }

  /** Returns the name that the user would give for it, {@code mimalloc+tuned}. */
  public String name() {
    String name = allocator.usual() ? allocator.name() : allocator.qualifiedName();
    if (allocator.origin() == Origin.PATH) {
      name = allocator.qualifiedName();
    }
    String base = name;
    return profile.map(file -> base + WITH + file.name()).orElse(tuned ? base + TUNED : base);
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
    return Tuning.environment(allocator, settings(), userEnvironment, threads);
  }
}
