package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.compare.Comparison;

/**
 * The result of a comparison.
 *
 * @param comparison what was measured
 * @param variants the judgement of each variant, in the comparison's order, the baseline first
 * @param recommendation which variant to take and what it costs
 * @param notes remarks for the reader: figures that were judged by their own runs alone, runs that
 *     may not have done their work
 */
public record Judgement(
    Comparison comparison,
    List<VariantJudgement> variants,
    Recommendation recommendation,
    List<String> notes) {

  /** Copies the lists. */
  public Judgement {
    variants = List.copyOf(variants);
    notes = List.copyOf(notes);
  }

  /**
   * Returns what more rounds would decide.
   *
   * @return for each variant with an undecided figure, its name and the figures; empty if every
   *     verdict is decided, or none can be because the baseline has no run that counts
   */
  public List<String> undecided() {
    List<String> undecided = new ArrayList<>();
    if (baseline().counted().isEmpty()) {
      return undecided;
    }
    for (VariantJudgement variant : rivals()) {
      List<String> figures = Verdicts.undecided(variant.figures());
      if (!figures.isEmpty()) {
        undecided.add(variant.variant().name() + " (" + String.join(", ", figures) + ")");
      }
    }
    return undecided;
  }

  /**
   * Returns the figures that were measured in a run that counts.
   *
   * @return the figures, in the order of the table
   */
  public List<Figure> measured() {
    return Figure.of(comparison).stream()
        .filter(figure -> variants.stream().anyMatch(v -> v.figures().containsKey(figure)))
        .toList();
  }

  /**
   * Returns the baseline of all ratios.
   *
   * @return the first variant
   */
  public VariantJudgement baseline() {
    return variants.getFirst();
  }

  /**
   * Returns the variants that are compared with the baseline.
   *
   * @return all variants but the first
   */
  public List<VariantJudgement> rivals() {
    return variants.subList(1, variants.size());
  }
}
