package org.onemalloc.compare;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Feature;

/**
 * The statistics that an allocator prints on standard error when the program exits.
 *
 * <p>They are requested only if the user asks for them or the program is ours. Every child process
 * inherits the request, and the output could confuse a program that reads the standard error of its
 * children.
 */
final class AllocatorReport {
  /**
   * Options of malloc_stats_print in jemalloc(3): J selects JSON, the others omit all but the
   * summary.
   */
  private static final String JEMALLOC_OPTIONS = "stats_print:true,stats_print_opts:Jgmdablxe";

  private static final Pattern JEMALLOC_SUMMARY =
      Pattern.compile(
          "\"stats\":\\{\"allocated\":(\\d+),\"active\":(\\d+),.*?\"resident\":(\\d+),"
              + "\"mapped\":\\d+,\"retained\":(\\d+)",
          Pattern.DOTALL);

  /**
   * A line of gperftools' malloc_extension: "MALLOC: 123 ( 0.1 MiB) Bytes in use by application".
   */
  private static final Pattern TCMALLOC_LINE =
      Pattern.compile("MALLOC:\\s*[+=]?\\s*(\\d+) \\([^)]*\\) ([A-Z][^\\n]+)");

  private AllocatorReport() {}

  /**
   * Adds the variables that make the allocator print its statistics. Options that the user set are
   * kept and come first.
   */
  static void request(Allocator allocator, Map<String, String> changes) {
    switch (allocator.kind()) {
      case JEMALLOC -> {
        if (allocator.features().contains(Feature.STATISTICS)) {
          String variable = allocator.configuration();
          String set = changes.getOrDefault(variable, System.getenv().getOrDefault(variable, ""));
          changes.put(variable, set.isEmpty() ? JEMALLOC_OPTIONS : set + "," + JEMALLOC_OPTIONS);
        }
      }
      case TCMALLOC -> changes.put("MALLOCSTATS", "1");
      default -> {}
    }
  }

  /**
   * Reads the statistics from a program's output. If several processes printed them, the result is
   * that of the process with the most allocated memory.
   */
  static Optional<AllocatorStatistics> read(Allocator allocator, String output) {
    return switch (allocator.kind()) {
      case JEMALLOC -> jemalloc(output);
      case TCMALLOC -> tcmalloc(output);
      default -> Optional.empty();
    };
  }

  private static Optional<AllocatorStatistics> jemalloc(String output) {
    Optional<AllocatorStatistics> most = Optional.empty();
    Matcher summary = JEMALLOC_SUMMARY.matcher(output);
    while (summary.find()) {
      OptionalLong allocated = number(summary, 1);
      if (most.isEmpty() || most.get().allocatedBytes().orElse(0) < allocated.orElseThrow()) {
        most =
            Optional.of(
                new AllocatorStatistics(
                    "jemalloc's stats_print at exit",
                    allocated,
                    number(summary, 2),
                    number(summary, 3),
                    number(summary, 4)));
      }
    }
    return most;
  }

  private static Optional<AllocatorStatistics> tcmalloc(String output) {
    OptionalLong used = OptionalLong.empty();
    OptionalLong resident = OptionalLong.empty();
    OptionalLong released = OptionalLong.empty();
    Matcher line = TCMALLOC_LINE.matcher(output);
    while (line.find()) {
      String label = line.group(2).toLowerCase(Locale.ROOT);
      if (label.startsWith("bytes in use by application")) {
        used = number(line, 1);
      } else if (label.startsWith("actual memory used")) {
        resident = number(line, 1);
      } else if (label.startsWith("bytes released to os")) {
        released = number(line, 1);
      }
    }
    return used.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new AllocatorStatistics(
                "tcmalloc's MALLOCSTATS at exit", used, OptionalLong.empty(), resident, released));
  }

  private static OptionalLong number(Matcher match, int group) {
    return OptionalLong.of(Long.parseLong(match.group(group)));
  }
}
