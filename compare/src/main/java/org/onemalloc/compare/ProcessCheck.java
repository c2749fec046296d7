package org.onemalloc.compare;

import java.util.Optional;
import org.onemalloc.compare.process.StartedWith;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.SecondAllocator;
import org.onemalloc.inspect.process.SecondAllocator.Use;

/**
 * Judges what is known of one process: the provider of its malloc, the other allocators in it, and
 * its settings. The live inspection and the kernel's record share this judgement.
 *
 * @param expectation the expected provider
 * @param settings the settings of the variant
 */
record ProcessCheck(Expectation expectation, VariantSettings settings) {

  /**
   * Returns a sentence that says what is not as expected.
   *
   * @param process the process, for the user
   * @param provider the provider of its malloc
   * @param given what it was started with; empty if that is not known
   * @param java whether it is a JVM
   */
  Optional<String> contradiction(
      String process, MallocProvider provider, Optional<StartedWith> given, boolean java) {
    if (expectation.isAnything()) {
      return Optional.empty();
    }
    return expectation
        .contradiction(process, provider)
        .or(
            () ->
                provider.seconds().stream()
                    .filter(second -> second.use() == Use.YES)
                    .map(second -> alsoUses(process, second))
                    .findFirst())
        .or(() -> given.flatMap(known -> settings.contradiction(process, known, java)));
  }

  private static String alsoUses(String process, SecondAllocator second) {
    return "%s also allocates with %s: %s."
        .formatted(process, second.file().name(), second.evidence());
  }

  /** Returns the sentence for an allocator of which it is not known whether a process uses it. */
  static String unknownUse(String process, SecondAllocator second) {
    return "How much %s allocates with %s is unknown: %s."
        .formatted(process, second.file().name(), second.evidence());
  }

  /** Returns whether a process must be shown to have the settings of the variant. */
  boolean needsSettings(MallocProvider provider, boolean java) {
    return readsSettings(provider) && settings.matterTo(java);
  }

  /** Returns whether the allocator of a process reads settings from its environment. */
  boolean readsSettings(MallocProvider provider) {
    return switch (provider.kind()) {
      case GLIBC, OTHER, STATIC_GLIBC -> !expectation.isAnything() && settings.areRead();
      default -> false;
    };
  }
}
