package org.onemalloc.compare;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.onemalloc.allocators.Choice;

/**
 * The name of a variant, as the user writes it: an allocator and changes.
 *
 * @param text the name as written
 * @param allocator the name or path of the allocator
 * @param changes the changes that the name adds
 */
record VariantName(String text, String allocator, Set<Change> changes) {

  private static final String SHIPPED = "shipped";

  /** A change, which follows an allocator's name after a plus sign. */
  enum Change {
    /** The allocator's documented server profile. */
    TUNED,
    /** The JVM makes glibc return memory to the system once a second. */
    TRIM,
    /** glibc with a single arena. */
    ARENAS
  }

  /**
   * Parses a name such as {@code mimalloc+tuned}. A plus sign without a known change belongs to the
   * path.
   *
   * @throws CommandException if a change does not apply to the allocator
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

  /** Returns the name to look up in the catalogue of allocators. */
  String choice() {
    if (isShipped()) {
      return "system";
    }
    return changes.contains(Change.TUNED) ? allocator + Choice.TUNED : allocator;
  }

  /** Returns whether the command runs without any change, on whatever allocator it has. */
  boolean isShipped() {
    return allocator.equals(SHIPPED);
  }

  boolean isSystem() {
    return allocator.equals("system");
  }
}
