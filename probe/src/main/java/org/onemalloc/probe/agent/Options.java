package org.onemalloc.probe.agent;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.onemalloc.probe.AllocatorProof;

/**
 * The agent's options: {@code port=9400,interval=30,expect=jemalloc}.
 *
 * @param port the port of the metrics for Prometheus; empty for none
 * @param hasBean whether the bean is registered: {@code jmx=off} leaves it away
 * @param interval how long a look is kept
 * @param expected the allocator that is expected; empty for none
 * @param isOnlyWarned whether an allocator that is not proven is only reported
 */
record Options(
    OptionalInt port,
    boolean hasBean,
    Duration interval,
    Optional<String> expected,
    boolean isOnlyWarned) {

  /** The property that means the same as the option {@code expect}, which overrides it. */
  static final String PROPERTY = "onemalloc.expect";

  static final String EXPECT = "expect";
  static final String EXPECT_OR_WARN = "expect-or-warn";

  /** That of Probe, a class that is not named here: it needs a module that a program may lack. */
  private static final Duration USUAL_INTERVAL = Duration.ofSeconds(10);

  private static final long MOST_SECONDS = 86_400;

  /** An option that cannot be used, in a sentence. */
  static final class BadOption extends Exception {
    private static final long serialVersionUID = 1;

    BadOption(String sentence) {
      super(sentence);
    }
  }

  /**
   * Reads options.
   *
   * @param text the options, divided by commas; null or empty for none
   * @param property the value of {@link #PROPERTY}, or null
   * @throws BadOption if one of them is unknown, given twice, or has no such value
   */
  static Options parse(String text, String property) throws BadOption {
    Options options = new Options(OptionalInt.empty(), true, USUAL_INTERVAL, of(property), false);
    Set<String> seen = new HashSet<>();
    for (String word : text == null || text.isBlank() ? new String[0] : text.split(",", -1)) {
      int equals = word.indexOf('=');
      if (equals <= 0 || equals == word.length() - 1) {
        throw new BadOption(
            "\"%s\" is not an option with its value, such as port=9400.".formatted(word));
      }
      String name = word.substring(0, equals);
      if (!seen.add(name.equals(EXPECT_OR_WARN) ? EXPECT : name)) {
        throw new BadOption("%s is given twice.".formatted(name));
      }
      options = options.with(name, word.substring(equals + 1));
    }
    return options;
  }

  private static Optional<String> of(String property) throws BadOption {
    return property == null || property.isBlank()
        ? Optional.empty()
        : Optional.of(allocator(PROPERTY, property));
  }

  /**
   * Returns what options expect even if another of them is bad: a mistake in an option must not let
   * a program start on an allocator that it refuses.
   */
  static Optional<String> required(String text, String property) {
    Optional<String> required = Optional.empty();
    boolean isWarned = false;
    for (String option : text == null ? new String[0] : text.split(",", -1)) {
      String word = option.strip();
      isWarned |= word.startsWith(EXPECT_OR_WARN + "=");
      if (word.startsWith(EXPECT + "=")) {
        required = Optional.of(word.substring(EXPECT.length() + 1).strip());
      }
    }
    return required.isPresent() || isWarned
        ? required
        : Optional.ofNullable(property).filter(name -> !name.isBlank());
  }

  private Options with(String name, String value) throws BadOption {
    return switch (name) {
      case "port" ->
          new Options(
              OptionalInt.of((int) number(name, value, 65_535)),
              hasBean,
              interval,
              expected,
              isOnlyWarned);
      case "jmx" -> new Options(port, isOn(name, value), interval, expected, isOnlyWarned);
      case "interval" ->
          new Options(
              port,
              hasBean,
              Duration.ofSeconds(number(name, value, MOST_SECONDS)),
              expected,
              isOnlyWarned);
      case EXPECT, EXPECT_OR_WARN ->
          new Options(
              port,
              hasBean,
              interval,
              Optional.of(allocator(name, value)),
              name.equals(EXPECT_OR_WARN));
      default ->
          throw new BadOption(
              "%s is not an option: there are port, interval, jmx, expect and expect-or-warn."
                  .formatted(name));
    };
  }

  private static long number(String name, String value, long most) throws BadOption {
    if (value.matches("[0-9]{1,6}") && Long.parseLong(value) <= most) {
      return Long.parseLong(value);
    }
    throw new BadOption("%s=%s is not a number from 0 to %d.".formatted(name, value, most));
  }

  private static boolean isOn(String name, String value) throws BadOption {
    if (value.equals("on") || value.equals("off")) {
      return value.equals("on");
    }
    throw new BadOption("%s=%s is neither on nor off.".formatted(name, value));
  }

  private static String allocator(String name, String value) throws BadOption {
    if (AllocatorProof.NAMES.contains(value) || value.startsWith("/")) {
      return value;
    }
    throw new BadOption(
        "%s=%s is neither system, mimalloc, jemalloc, tcmalloc or snmalloc nor the absolute path of a library."
            .formatted(name, value));
  }
}
