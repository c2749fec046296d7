package org.onemalloc.compare.tune;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.judge.Figure;

/** The names of figures in the options of {@code tune}. */
final class Names {
  private static final Map<String, Figure> CONSTANTS =
      Map.of(
          "idle", Figure.IDLE,
          "peak", Figure.PEAK,
          "mean", Figure.MEAN,
          "end", Figure.END,
          "cpu", Figure.CPU,
          "wall", Figure.WALL);

  private Names() {}

  /**
   * Finds a figure.
   *
   * @param option the option that names it, for the message
   * @param name its name: one of the constants, the name of a figure that the load reports, or the
   *     end of exactly one such name, as {@code p99} is of {@code GET p99}
   * @param measured the figures that a run of the command had
   * @throws CommandException if there is none
   */
  static Figure find(String option, String name, List<Figure> measured) {
    Figure constant = CONSTANTS.get(name);
    Optional<Figure> found =
        constant != null
            ? measured.stream().filter(constant::equals).findFirst()
            : measured.stream().filter(figure -> figure.key().equals(name)).findFirst();
    List<Figure> ending =
        measured.stream().filter(figure -> figure.key().endsWith(" " + name)).toList();
    if (found.isEmpty() && constant == null && ending.size() == 1) {
      return ending.getFirst();
    }
    return found.orElseThrow(() -> unknown(option, name, measured));
  }

  private static CommandException unknown(String option, String name, List<Figure> measured) {
    if (name.equals("idle")) {
      return CommandException.unusable(
          "%s: the warm-up had no memory when idle: give --idle S, give --rest S with --load, or let the program mark the phase idle (docs/compare.md)."
              .formatted(option));
    }
    String all =
        measured.stream()
            .filter(Figure::judged)
            .map(Names::of)
            .distinct()
            .collect(Collectors.joining(", "));
    return CommandException.unusable(
        "%s: the warm-up had no figure %s: it had %s.".formatted(option, name, all));
  }

  /** Returns the name of a figure in the options. */
  static String of(Figure figure) {
    return CONSTANTS.entrySet().stream()
        .filter(entry -> entry.getValue().equals(figure))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(figure.key());
  }
}
