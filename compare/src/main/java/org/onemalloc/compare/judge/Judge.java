package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;

/**
 * Judges a comparison. Runs that failed or were not proven enter no figure. See {@link Ratio} for
 * the interval and {@link Difference} for when a difference is called one.
 */
public final class Judge {
  private Judge() {}

  /**
   * Judges.
   *
   * @param comparison with one variant or more
   * @return what it says
   * @throws IllegalArgumentException if it has no variant
   */
  public static Judgement judge(Comparison comparison) {
    if (comparison.variants().isEmpty()) {
      throw new IllegalArgumentException("a comparison needs one variant at least");
    }
    Map<Integer, Run> baseline = byRound(comparison, comparison.variants().getFirst());
    List<Map<Figure, Summary>> summaries = new ArrayList<>();
    List<Map<Figure, Ratio>> ratios = new ArrayList<>();
    for (Variant variant : comparison.variants()) {
      Map<Integer, Run> runs = byRound(comparison, variant);
      summaries.add(summaries(runs));
      ratios.add(summaries.size() == 1 ? Map.of() : ratios(runs, baseline));
    }
    double significant = Difference.largestSignificant(judgedPValues(ratios));
    List<VariantJudgement> judged = new ArrayList<>();
    for (int i = 0; i < summaries.size(); i++) {
      Map<Figure, Summary> figures = summaries.get(i);
      ratios
          .get(i)
          .forEach(
              (figure, ratio) ->
                  figures.computeIfPresent(figure, (f, s) -> call(f, s, ratio, significant)));
      Variant variant = comparison.variants().get(i);
      List<Run> runs = comparison.runsOf(variant.name());
      judged.add(
          new VariantJudgement(
              variant, runs, figures, Problems.of(runs), Verdicts.verdict(i == 0, runs, figures)));
    }
    return new Judgement(
        comparison, judged, Recommendation.of(judged.getFirst(), judged.subList(1, judged.size())));
  }

  private static Summary call(Figure figure, Summary summary, Ratio ratio, double significant) {
    Difference difference =
        figure.judged() ? Difference.of(ratio, significant) : Difference.UNKNOWN;
    return summary.with(ratio, difference);
  }

  /** A round has one run of a variant; were there two, the later one replaced a broken one. */
  private static Map<Integer, Run> byRound(Comparison comparison, Variant variant) {
    return comparison.runsOf(variant.name()).stream()
        .filter(Run::counts)
        .collect(Collectors.toMap(Run::round, run -> run, (earlier, later) -> later));
  }

  private static Map<Figure, Summary> summaries(Map<Integer, Run> runs) {
    Map<Figure, Summary> summaries = new EnumMap<>(Figure.class);
    for (Figure figure : Figure.values()) {
      double[] values =
          runs.values().stream()
              .map(figure::of)
              .filter(OptionalDouble::isPresent)
              .mapToDouble(OptionalDouble::getAsDouble)
              .toArray();
      if (values.length > 0) {
        summaries.put(figure, Summary.of(values));
      }
    }
    return summaries;
  }

  private static Map<Figure, Ratio> ratios(Map<Integer, Run> runs, Map<Integer, Run> baseline) {
    Map<Figure, Ratio> ratios = new EnumMap<>(Figure.class);
    for (Figure figure : Figure.values()) {
      ratio(figure, runs, baseline).ifPresent(ratio -> ratios.put(figure, ratio));
    }
    return ratios;
  }

  private static Optional<Ratio> ratio(
      Figure figure, Map<Integer, Run> runs, Map<Integer, Run> baseline) {
    int[] rounds =
        runs.keySet().stream()
            .filter(baseline::containsKey)
            .filter(round -> figure.of(runs.get(round)).isPresent())
            .filter(round -> figure.of(baseline.get(round)).isPresent())
            .mapToInt(round -> round)
            .sorted()
            .toArray();
    return Ratio.of(values(figure, runs, rounds), values(figure, baseline, rounds));
  }

  private static double[] values(Figure figure, Map<Integer, Run> runs, int[] rounds) {
    double[] values = new double[rounds.length];
    for (int i = 0; i < rounds.length; i++) {
      values[i] = figure.of(runs.get(rounds[i])).getAsDouble();
    }
    return values;
  }

  private static double[] judgedPValues(List<Map<Figure, Ratio>> ratios) {
    return ratios.stream()
        .flatMap(map -> map.entrySet().stream())
        .filter(entry -> entry.getKey().judged())
        .mapToDouble(entry -> entry.getValue().pValue())
        .sorted()
        .toArray();
  }
}
