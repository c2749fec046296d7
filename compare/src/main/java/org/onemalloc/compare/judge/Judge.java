package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;

/**
 * Judges a comparison. Runs that failed or were not proven enter no figure. See {@link Blocks} for
 * the estimates, {@link Ratio} for the interval and {@link Difference} for the verdict.
 */
public final class Judge {
  private Judge() {}

  /**
   * Judges a comparison.
   *
   * @param comparison a comparison of one variant or more
   * @return the judgement
   * @throws IllegalArgumentException if it has no variant
   */
  public static Judgement judge(Comparison comparison) {
    if (comparison.variants().isEmpty()) {
      throw new IllegalArgumentException("a comparison needs one variant at least");
    }
    List<Figure> figures = Figure.of(comparison);
    List<Map<Figure, Summary>> summaries = new ArrayList<>();
    List<Map<Integer, Run>> runs = new ArrayList<>();
    for (Variant variant : comparison.variants()) {
      runs.add(byRound(comparison, variant));
      summaries.add(summaries(runs.getLast(), figures));
    }
    List<Map<Figure, Ratio>> ratios = ratios(runs, comparison, figures);
    double significant = Difference.largestSignificant(judgedPValues(ratios));
    List<VariantJudgement> judged = new ArrayList<>();
    for (int i = 0; i < summaries.size(); i++) {
      Map<Figure, Summary> own = summaries.get(i);
      ratios
          .get(i)
          .forEach(
              (figure, ratio) ->
                  own.computeIfPresent(figure, (f, s) -> call(f, s, ratio, significant)));
      Variant variant = comparison.variants().get(i);
      List<Run> all = comparison.runsOf(variant.name());
      judged.add(
          new VariantJudgement(
              variant, all, own, Problems.of(all), Verdicts.verdict(i == 0, all, own)));
    }
    return new Judgement(
        comparison,
        judged,
        Recommendation.of(judged.getFirst(), judged.subList(1, judged.size())),
        Notes.of(comparison, judged));
  }

  /**
   * Returns the ratios of each variant's figures to the baseline's; none for the baseline itself.
   */
  private static List<Map<Figure, Ratio>> ratios(
      List<Map<Integer, Run>> runs, Comparison comparison, List<Figure> figures) {
    List<Map<Figure, Ratio>> ratios = new ArrayList<>();
    runs.forEach(variant -> ratios.add(new LinkedHashMap<>()));
    for (Figure figure : figures) {
      double[][] values = new double[runs.size()][comparison.rounds()];
      for (int i = 0; i < runs.size(); i++) {
        for (int round = 1; round <= comparison.rounds(); round++) {
          Run run = runs.get(i).get(round);
          values[i][round - 1] = run == null ? Double.NaN : figure.of(run).orElse(Double.NaN);
        }
      }
      Blocks blocks = new Blocks(values);
      for (int i = 1; i < runs.size(); i++) {
        Map<Figure, Ratio> own = ratios.get(i);
        Ratio.of(blocks, i, comparison.looks().size()).ifPresent(ratio -> own.put(figure, ratio));
      }
    }
    return ratios;
  }

  private static Summary call(Figure figure, Summary summary, Ratio ratio, double significant) {
    Difference difference =
        figure.judged() ? Difference.of(ratio, significant) : Difference.UNKNOWN;
    return summary.with(ratio, difference);
  }

  /**
   * Returns the runs of a variant by round; if a round has two, the later one replaced a failed
   * one.
   */
  private static Map<Integer, Run> byRound(Comparison comparison, Variant variant) {
    return comparison.runsOf(variant.name()).stream()
        .filter(Run::counts)
        .collect(Collectors.toMap(Run::round, run -> run, (earlier, later) -> later));
  }

  private static Map<Figure, Summary> summaries(Map<Integer, Run> runs, List<Figure> measured) {
    Map<Figure, Summary> summaries = new LinkedHashMap<>();
    for (Figure figure : measured) {
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

  private static double[] judgedPValues(List<Map<Figure, Ratio>> ratios) {
    return ratios.stream()
        .flatMap(map -> map.entrySet().stream())
        .filter(entry -> entry.getKey().judged())
        .mapToDouble(entry -> entry.getValue().pValue())
        .sorted()
        .toArray();
  }
}
