package org.onemalloc.link;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.inspect.Forecast;

/**
 * Judges a program with its linked allocator by the known hazards, in an empty environment. The
 * hazards that the user accepted are in the record, so that a later proof accepts them too.
 */
final class Prospect {
  /** The key of the accepted hazards in the record. */
  static final String ACCEPTED = "accepted";

  private Prospect() {}

  /**
   * Checks the names of hazards that a user accepts.
   *
   * @throws LinkException if a name is not that of a hazard that leads to a refusal
   */
  static void check(Set<String> accepted) {
    Set<String> unknown = new TreeSet<>(accepted);
    unknown.removeAll(Forecast.refusable());
    if (!unknown.isEmpty()) {
      throw LinkException.unusable(
          "%s is not the name of a hazard that can be accepted: the names are %s."
              .formatted(String.join(", ", unknown), String.join(", ", Forecast.refusable())));
    }
  }

  /**
   * Judges a program that is to be linked.
   *
   * @return what the program loses with this allocator, one sentence for each loss
   * @throws LinkException if it would not run
   */
  static List<String> warnings(Execution execution, Path program, Set<String> accepted) {
    Forecast forecast = Forecast.of(execution.model(), program, Map.of(), accepted);
    if (!forecast.refusals().isEmpty()) {
      throw LinkException.unusable(
          "The program would not run on this allocator, so nothing was changed: %s Link it with another allocator, or give --accept and the name of the hazard if you know that it does not happen."
              .formatted(named(program, String.join(" ", forecast.refusals()))));
    }
    return warnings(program, forecast);
  }

  /**
   * Judges a program that is linked.
   *
   * @return as above
   * @throws LinkException if it would not run
   */
  static List<String> proven(Execution execution, Path program, String accepted) {
    Set<String> names = Set.copyOf(Arrays.asList(accepted.split(",", -1)));
    Forecast forecast = Forecast.of(execution.model(), program, Map.of(), names);
    if (!forecast.refusals().isEmpty()) {
      throw LinkException.unproven(
          "The program does not run on this allocator: " + String.join(" ", forecast.refusals()));
    }
    return warnings(program, forecast);
  }

  private static List<String> warnings(Path program, Forecast forecast) {
    return forecast.warnings().stream().map(text -> "Warning: " + named(program, text)).toList();
  }

  /** Replaces the unfinished name of a program by its final name. */
  private static String named(Path program, String text) {
    return text.replace(program.toString(), Target.withoutUnfinished(program).toString());
  }
}
