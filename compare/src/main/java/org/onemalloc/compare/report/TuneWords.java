package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.tune.Standing;
import org.onemalloc.compare.tune.Trial;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.Entry;

/** Phrases and numbers that the table and the page of a tuning share. */
final class TuneWords {
  private TuneWords() {}

  /** Returns the mark of a candidate's worst run. */
  static String mark(Entry entry) {
    return all(entry)
        .map(Trial::mark)
        .max(Comparator.naturalOrder())
        .map(
            mark ->
                switch (mark) {
                  case PROVEN -> "✓";
                  case PARTLY_SEEN -> "○";
                  case UNPROVEN -> "?";
                  case FAILED -> "✗";
                })
        .orElse("–");
  }

  private static Stream<Trial> all(Entry entry) {
    return Stream.concat(entry.race().stream(), entry.fresh().stream());
  }

  /** Returns where a candidate ended. */
  static String ended(TuneResult result, Entry entry) {
    List<Entry> entries = result.entries();
    boolean chosen = result.winner().filter(entry::equals).isPresent();
    return switch (entry.standing()) {
      case Standing.Running _ -> chosen ? "chosen" : "left at the end";
      case Standing.Worse worse ->
          "after round %d: worse than %s by %s %% or more"
              .formatted(
                  worse.round(),
                  entries.get(worse.than()).candidate().name(),
                  Percent.size(worse.atLeast() - 1));
      case Standing.Breaks breaks ->
          "after round %d: breaks %s, worse by %s %% or more"
              .formatted(
                  breaks.round(),
                  result.limits().get(breaks.constraint()).constraint().text(),
                  Percent.size(breaks.atLeast() - 1));
      case Standing.Faulty faulty ->
          "after round %d: its runs do not count: %s".formatted(faulty.round(), fault(entry));
    };
  }

  private static String fault(Entry entry) {
    return all(entry).filter(trial -> !trial.counts()).map(Trial::reason).findFirst().orElse("");
  }

  /** Returns a change with its interval; empty if it is not known. */
  static String change(Optional<Bounds> ratio) {
    return ratio
        .map(
            bounds ->
                "%s %% (%s … %s)"
                    .formatted(
                        Percent.change(bounds.estimate()),
                        Percent.change(bounds.low()),
                        Percent.change(bounds.high())))
        .orElse("");
  }

  /** Returns the median of a figure over runs that count. */
  static OptionalDouble median(List<Trial> trials, Figure figure) {
    double[] values =
        trials.stream()
            .filter(Trial::counts)
            .filter(trial -> trial.figures().containsKey(figure.key()))
            .mapToDouble(trial -> trial.figures().get(figure.key()))
            .sorted()
            .toArray();
    int n = values.length;
    return n == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Arrays.stream(values, (n - 1) / 2, n / 2 + 1).average().orElseThrow());
  }

  /** Returns what was asked for. */
  static String asked(TuneResult result) {
    StringBuilder asked = new StringBuilder("least ").append(result.request().least());
    result.limits().forEach(limit -> asked.append(", within ").append(limit.constraint().text()));
    return asked.toString();
  }

  /** Returns how much was measured. */
  static String measured(TuneResult result) {
    long fresh = result.entries().stream().filter(entry -> !entry.fresh().isEmpty()).count();
    List<String> parts = new ArrayList<>();
    parts.add(result.entries().size() + " candidates");
    parts.add(result.rounds() == 1 ? "1 round" : result.rounds() + " rounds");
    if (fresh > 0) {
      parts.add("fresh runs of " + fresh);
    }
    parts.add(result.runs() + " runs");
    return String.join(", ", parts);
  }

  /** Returns the candidates with fresh runs, the baseline first. */
  static List<Entry> finalists(TuneResult result) {
    return result.entries().stream().filter(entry -> !entry.fresh().isEmpty()).toList();
  }
}
