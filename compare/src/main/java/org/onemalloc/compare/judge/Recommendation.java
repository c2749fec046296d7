package org.onemalloc.compare.judge;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.onemalloc.compare.judge.Figure.Group;
import org.onemalloc.compare.judge.VariantJudgement.Mark;

/**
 * Which variant to take, and what it costs.
 *
 * <p>For memory: the variant with the lowest geometric mean of its memory ratios, where a ratio
 * that is not called a difference is 1; among those within 2 % of it, the first in the order of the
 * comparison, because simpler variants come first. For speed: the same with time and what the load
 * generator reports. A variant with a run that failed or was not proven is never recommended: the
 * figures of its other runs do not hold for that one.
 *
 * @param text a line for memory and a line for speed, or one that says why there is no
 *     recommendation
 * @param variants the recommended variants, at most one for each
 */
public record Recommendation(String text, List<VariantJudgement> variants) {

  /** Copies the list. */
  public Recommendation {
    variants = List.copyOf(variants);
  }

  private static Recommendation none(String text) {
    return new Recommendation(text, List.of());
  }

  static Recommendation of(VariantJudgement baseline, List<VariantJudgement> rivals) {
    if (rivals.isEmpty()) {
      return none("Nothing to compare: there is only one variant.");
    }
    String name = baseline.variant().name();
    if (baseline.counted().isEmpty()) {
      return none("No verdict: " + name + ", the baseline, has no run that counts.");
    }
    List<VariantJudgement> sound = rivals.stream().filter(Recommendation::sound).toList();
    if (sound.isEmpty()) {
      return none(
          "No verdict: 2 or more sound runs of a variant are needed in the same rounds as "
              + name
              + "'s.");
    }
    Optional<VariantJudgement> memory = best(sound, EnumSet.of(Group.MEMORY));
    Optional<VariantJudgement> speed =
        best(sound, EnumSet.of(Group.TIME, Group.LOAD))
            .filter(variant -> !memory.equals(Optional.of(variant)));
    if (memory.isEmpty() && speed.isEmpty()) {
      return none(stay(sound, name));
    }
    String text =
        (memory.map(variant -> take("For memory", variant, name)).orElse("")
                + speed.map(variant -> take("\nFor speed", variant, name)).orElse(""))
            .strip();
    return new Recommendation(text, Stream.concat(memory.stream(), speed.stream()).toList());
  }

  private static boolean sound(VariantJudgement variant) {
    return (variant.mark() == Mark.PROVEN || variant.mark() == Mark.PARTLY_SEEN)
        && variant.figures().values().stream().anyMatch(summary -> summary.ratio().isPresent());
  }

  private static Optional<VariantJudgement> best(
      List<VariantJudgement> variants, Set<Group> group) {
    double lowest = variants.stream().mapToDouble(variant -> score(variant, group)).min().orElse(1);
    double near = lowest * Difference.SMALLEST;
    return variants.stream()
        .filter(variant -> score(variant, group) < 1 && score(variant, group) <= near)
        .findFirst();
  }

  private static double score(VariantJudgement variant, Set<Group> group) {
    double logs =
        variant.figures().entrySet().stream()
            .filter(entry -> group.contains(entry.getKey().group()))
            .mapToDouble(entry -> calledCost(entry.getKey(), entry.getValue()))
            .average()
            .orElse(0);
    return Math.exp(logs);
  }

  private static double calledCost(Figure figure, Summary summary) {
    boolean called =
        summary.difference() == Difference.LOWER || summary.difference() == Difference.HIGHER;
    return called ? figure.cost(summary.ratio().orElseThrow().estimate()) : 0;
  }

  private static String take(String purpose, VariantJudgement variant, String baseline) {
    List<String> gains = Verdicts.changes(variant.figures(), Figure::isBetter, false);
    List<String> costs = Verdicts.changes(variant.figures(), Figure::isWorse, false);
    String same = Verdicts.same(variant.figures());
    String price =
        !costs.isEmpty()
            ? "the price is " + listed(costs)
            : same.isEmpty() ? "nothing got worse" : same + " no different";
    return String.format(
        "%s take %s: %s than %s; %s.",
        purpose, variant.variant().name(), listed(gains), baseline, price);
  }

  private static String listed(List<String> parts) {
    int last = parts.size() - 1;
    return last < 1
        ? String.join("", parts)
        : String.join(", ", parts.subList(0, last)) + " and " + parts.get(last);
  }

  private static String stay(List<VariantJudgement> sound, String baseline) {
    boolean worse =
        sound.stream()
            .flatMap(variant -> variant.figures().entrySet().stream())
            .anyMatch(entry -> entry.getKey().isWorse(entry.getValue().difference()));
    if (!worse && sound.stream().anyMatch(variant -> !Verdicts.decided(variant.figures()))) {
      return "Undecided: no variant differs from "
          + baseline
          + " beyond the noise of these runs; more --runs would decide it.";
    }
    return worse
        ? "Stay with " + baseline + ": no variant is better on the whole, and some are worse."
        : "No variant differs from " + baseline + ".";
  }
}
