package org.onemalloc.compare;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.onemalloc.allocators.Choice;

/**
 * What a user writes for one way to run a command: an allocator, and what is changed about it.
 *
 * @param text as written
 * @param allocator a name or a path
 * @param changes what is added to it
 */
record VariantName(String text, String allocator, Set<Change> changes) {

  private static final String SHIPPED = "shipped";

  /** What can be added to an allocator's name after a plus sign. */
  enum Change {
    /** The allocator's documented server profile. */
    TUNED,
    /** glibc gives memory back once a second, at the JVM's request. */
    TRIM,
    /** glibc with a single arena. */
    ARENAS
  }

  /**
   * Reads a name such as {@code mimalloc+tuned}. A plus sign that no known change follows belongs
   * to the path.
   *
   * @throws CommandException if a change does not go with the allocator
   */
  static VariantName parse(String text) {
    String allocator = text;
    Set<Change> changes = EnumSet.noneOf(Change.class);
    boolean found = true;
    while (found) {
      found = false;
      for (Change change : Change.values()) {
        String suffix = "+" + change.name().toLowerCase(Locale.ROOT);
        if (allocator.endsWith(suffix)) {
          allocator = allocator.substring(0, allocator.length() - suffix.length());
          changes.add(change);
          found = true;
        }
      }
    }
    boolean system = allocator.equals("system");
    if (allocator.equals(SHIPPED) && !changes.isEmpty()) {
      throw CommandException.unusable(
          text + " is not a variant: shipped is the program as it is, without any change.");
    }
    if (allocator.isEmpty()) {
      throw CommandException.unusable(
          "\""
              + text
              + "\" does not name an allocator: name system, shipped, mimalloc, jemalloc or a path.");
    }
    if ((system && changes.contains(Change.TUNED))
        || (!system && (changes.contains(Change.TRIM) || changes.contains(Change.ARENAS)))) {
      throw CommandException.unusable(
          text
              + " is not a variant: +tuned goes with an allocator, +trim and +arenas go with"
              + " system.");
    }
    return new VariantName(text, allocator, Set.copyOf(changes));
  }

  /** What the catalogue of allocators is asked for. */
  String choice() {
    if (isShipped()) {
      return "system";
    }
    return changes.contains(Change.TUNED) ? allocator + Choice.TUNED : allocator;
  }

  /** Whether nothing is changed, whatever allocator the program brings. */
  boolean isShipped() {
    return allocator.equals(SHIPPED);
  }

  boolean isSystem() {
    return allocator.equals("system");
  }
}
