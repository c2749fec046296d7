package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Figure.Group;

/** One line for each variant: what is better, what is worse, what is no different. */
final class Verdicts {
  /** The figures of memory that a verdict names; they change together, so two are enough. */
  private static final List<Figure> MEMORY =
      List.of(Figure.IDLE, Figure.PEAK, Figure.PEAK_PSS, Figure.MEAN, Figure.END);

  private static final List<Figure> TIME = List.of(Figure.CPU, Figure.WALL);
  private static final int MOST_OF_A_GROUP = 2;

  private Verdicts() {}

  static String verdict(boolean baseline, List<Run> runs, Map<Figure, Summary> figures) {
    if (runs.isEmpty()) {
      return "no run was finished";
    }
    if (figures.isEmpty()) {
      boolean failed = runs.stream().anyMatch(run -> !run.outcome().ok());
      return failed ? "no verdict: its runs failed" : "no verdict: its runs could not be proven";
    }
    if (baseline) {
      return "the baseline: every ratio is against it";
    }
    if (figures.values().stream().allMatch(summary -> summary.ratio().isEmpty())) {
      return "no verdict: 2 or more runs in the same rounds as the baseline's are needed";
    }
    String better = String.join(", ", changes(figures, Figure::isBetter, true));
    String worse = String.join(", ", changes(figures, Figure::isWorse, true));
    if (better.isEmpty() && worse.isEmpty()) {
      String found = decided(figures) ? "no difference" : "undecided, more --runs would decide it";
      return found + " (" + resolution(figures) + ")";
    }
    String clauses =
        better.isEmpty() || worse.isEmpty() ? better + worse : better + ", but " + worse;
    String same = same(figures);
    return clauses + (same.isEmpty() ? "" : "; " + same + " no different");
  }

  /**
   * Returns the changes that are better or worse: memory, what the load generator reports, time;
   * the first one with its interval if asked.
   */
  static List<String> changes(
      Map<Figure, Summary> figures, BiPredicate<Figure, Difference> which, boolean intervals) {
    List<String> changes = new ArrayList<>();
    for (List<Figure> group : List.of(MEMORY, reported(figures), TIME)) {
      group.stream()
          .filter(figures::containsKey)
          .filter(figure -> which.test(figure, figures.get(figure).difference()))
          .limit(MOST_OF_A_GROUP)
          .forEach(
              figure ->
                  changes.add(change(figure, figures.get(figure), intervals && changes.isEmpty())));
    }
    return changes;
  }

  private static String change(Figure figure, Summary summary, boolean withInterval) {
    Ratio ratio = summary.ratio().orElseThrow();
    String words =
        Percent.size(ratio.estimate() - 1)
            + " % "
            + figure.change(summary.difference() == Difference.LOWER);
    return withInterval ? words + " (" + Percent.interval(ratio) + ")" : words;
  }

  /** Returns the figures without a difference that a verdict names. */
  static String same(Map<Figure, Summary> figures) {
    List<String> names = new ArrayList<>();
    boolean cpu = isSame(figures, Figure.CPU);
    boolean wall = isSame(figures, Figure.WALL);
    if (isSame(figures, Figure.PEAK)) {
      names.add("peak");
    }
    reported(figures).stream()
        .filter(figure -> isSame(figures, figure))
        .limit(MOST_OF_A_GROUP)
        .forEach(figure -> names.add(figure.label()));
    if (cpu || wall) {
      names.add(cpu && wall ? "CPU and wall time" : cpu ? "CPU time" : "wall time");
    }
    int last = names.size() - 1;
    boolean listed = last > 1 || (cpu && wall && last > 0);
    return last < 1
        ? String.join("", names)
        : String.join(", ", names.subList(0, last)) + (listed ? ", " : " and ") + names.getLast();
  }

  private static List<Figure> reported(Map<Figure, Summary> figures) {
    return figures.keySet().stream().filter(figure -> figure.group() == Group.LOAD).toList();
  }

  private static boolean isSame(Map<Figure, Summary> figures, Figure figure) {
    Summary summary = figures.get(figure);
    return summary != null && summary.difference() == Difference.NONE && isNarrow(summary);
  }

  private static boolean isNarrow(Summary summary) {
    return summary.ratio().stream().allMatch(r -> r.reach() <= Difference.LARGEST_UNSEEN);
  }

  /** Returns whether each figure is called different, or cannot hide a large difference. */
  static boolean decided(Map<Figure, Summary> figures) {
    return undecided(figures).isEmpty();
  }

  /** Returns the names of the undecided figures. */
  static List<String> undecided(Map<Figure, Summary> figures) {
    return figures.entrySet().stream()
        .filter(entry -> entry.getKey().judged() && !isDecided(entry.getValue()))
        .map(entry -> entry.getKey().label())
        .toList();
  }

  private static boolean isDecided(Summary summary) {
    return summary.difference() == Difference.LOWER
        || summary.difference() == Difference.HIGHER
        || (summary.ratio().isPresent() && isNarrow(summary));
  }

  /** Returns how large a change the intervals may hide. */
  static String resolution(Map<Figure, Summary> figures) {
    List<String> parts = new ArrayList<>();
    reach(figures, figure -> figure.group() == Group.MEMORY, "memory", parts);
    reach(figures, figure -> figure.group() == Group.LOAD, "load", parts);
    reach(figures, figure -> figure.group() == Group.TIME, "time", parts);
    return String.join(", ", parts);
  }

  private static void reach(
      Map<Figure, Summary> figures, Predicate<Figure> which, String name, List<String> parts) {
    figures.entrySet().stream()
        .filter(entry -> which.test(entry.getKey()))
        .flatMap(entry -> entry.getValue().ratio().stream())
        .mapToDouble(Ratio::reach)
        .max()
        .ifPresent(reach -> parts.add(name + " within ±" + Percent.size(reach) + " %"));
  }

  static String runs(int count) {
    return count == 1 ? "1 run" : count + " runs";
  }
}
