package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.compare.Comparison;

/**
 * What a comparison says.
 *
 * @param comparison what was measured
 * @param variants what was found of each variant, in the comparison's order, the baseline first
 * @param recommendation which variant to take and what it costs
 * @param notes what a reader must know of the judging: which figures were judged by their own runs
 *     alone, which runs may not have done their work
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
   * What more rounds would tell.
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
   * What every ratio is against.
   *
   * @return the first variant
   */
  public VariantJudgement baseline() {
    return variants.getFirst();
  }

  /**
   * What is compared with the baseline.
   *
   * @return all variants but the first
   */
  public List<VariantJudgement> rivals() {
    return variants.subList(1, variants.size());
  }
}
