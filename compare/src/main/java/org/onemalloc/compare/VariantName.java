package org.onemalloc.compare;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Choice;
import org.onemalloc.allocators.SettingsProfile;

/**
 * The name of a variant, as the user writes it: an allocator and changes.
 *
 * @param text the name as written, or the label that the user gave it
 * @param allocator the name or path of the allocator
 * @param changes the changes that the name adds
 * @param environment variables of this variant alone
 * @param profile a profile of settings; empty for none
 */
record VariantName(
    String text,
    String allocator,
    Set<Change> changes,
    Map<String, String> environment,
    Optional<SettingsProfile> profile) {

  private static final String SHIPPED = "shipped";

  private static final Pattern OF_AN_ALLOCATOR =
      Pattern.compile("(system|shipped|mimalloc|jemalloc|tcmalloc|snmalloc)([@+].*)?");

  /**
   * A label cannot be the beginning of a path, and no spreadsheet takes it for a formula. It is a
   * part of the names of files.
   */
  private static final Pattern LABELLED = Pattern.compile("([A-Za-z0-9][A-Za-z0-9@+._-]*)=(.+)");

  /** An allocator, and the file of a profile. */
  private static final Pattern WITH_FILE =
      Pattern.compile("((?:system|mimalloc|jemalloc|tcmalloc|snmalloc)(?:@[^+/]*)?)\\+(.+)");

  private static final Pattern KNOWN_CHANGES =
      Pattern.compile("(tuned|trim|arenas)(\\+(tuned|trim|arenas))*");

  private static final int LONGEST_LABEL = 100;

  /** A change, which follows an allocator's name after a plus sign. */
  enum Change {
    /** The allocator's documented server profile. */
    TUNED,
    /** The JVM makes glibc return memory to the system once a second. */
    TRIM,
    /** glibc with a single arena. */
    ARENAS
  }

  /** Creates the name of a variant without a profile from a file. */
  VariantName(String text, String allocator, Set<Change> changes, Map<String, String> environment) {
    this(text, allocator, changes, environment, Optional.empty());
  }

  /**
   * Parses a name such as {@code mimalloc+tuned}, or {@code mimalloc+FILE} with the file of a
   * profile. A plus sign without a known change belongs to the path, in the name of a file too.
   *
   * @throws CommandException if a change does not apply to the allocator
   * @throws org.onemalloc.allocators.AllocatorException if the file is not a profile
   */
  static VariantName parse(String text) {
    VariantName name = withChanges(text);
    Matcher file = WITH_FILE.matcher(text);
    if (!file.matches() || KNOWN_CHANGES.matcher(file.group(2)).matches()) {
      return name;
    }
    return new VariantName(
        text,
        file.group(1),
        Set.of(),
        Map.of(),
        Optional.of(SettingsProfile.read(Path.of(file.group(2)))));
  }

  private static VariantName withChanges(String text) {
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
    return new VariantName(text, allocator, Set.copyOf(changes), Map.of());
  }

  /**
   * Parses a name that may have a label, so that one allocator can be compared with itself: {@code
   * fast=jemalloc}.
   *
   * @throws CommandException as {@link #parse} does, or if the label is the name of an allocator
   */
  static VariantName labelled(String text) {
    Matcher labelled = LABELLED.matcher(text);
    if (!labelled.matches()) {
      return parse(text);
    }
    VariantName name = parse(labelled.group(2));
    if (labelled.group(1).length() > LONGEST_LABEL) {
      throw CommandException.unusable(
          "%s: a label has at most %d characters.".formatted(text, LONGEST_LABEL));
    }
    if (OF_AN_ALLOCATOR.matcher(labelled.group(1)).matches()) {
      throw CommandException.unusable(
          "%s: %s is the name of an allocator, and cannot be a label for a variant."
              .formatted(text, labelled.group(1)));
    }
    return new VariantName(labelled.group(1), name.allocator, name.changes, Map.of(), name.profile);
  }

  /**
   * Returns the same variant with variables of its own.
   *
   * @throws CommandException if one of them is what makes a variant
   */
  VariantName with(Map<String, String> variables) {
    if (variables.containsKey("LD_PRELOAD")) {
      throw CommandException.unusable(
          "--env " + text + ":LD_PRELOAD is not used: the variant determines it.");
    }
    return new VariantName(text, allocator, changes, Map.copyOf(variables), profile);
  }

  /** Returns the name without a label. */
  String written() {
    StringBuilder written = new StringBuilder(allocator);
    for (Change change : Change.values()) {
      if (changes.contains(change)) {
        written.append('+').append(change.name().toLowerCase(Locale.ROOT));
      }
    }
    profile.ifPresent(file -> written.append('+').append(file.name()));
    return written.toString();
  }

  /**
   * Returns the allocator with its settings.
   *
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator, or its
   *     profile is for another one
   */
  Choice choose(Allocators allocators) {
    if (isShipped()) {
      return allocators.choose("system");
    }
    Choice choice =
        allocators.choose(changes.contains(Change.TUNED) ? allocator + Choice.TUNED : allocator);
    return profile.map(choice::with).orElse(choice);
  }

  /** Returns whether the command runs without any change, on whatever allocator it has. */
  boolean isShipped() {
    return allocator.equals(SHIPPED);
  }

  /** Returns the name as a part of a file's name. */
  String asFileName() {
    return text.replaceAll("[^A-Za-z0-9@+._-]", "_");
  }

  boolean isSystem() {
    return allocator.equals("system");
  }
}
