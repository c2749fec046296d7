package org.onemalloc.compare.judge;

import java.util.List;
import org.onemalloc.compare.Comparison;

/**
 * What a comparison says.
 *
 * @param comparison what was measured
 * @param variants what was found of each variant, in the comparison's order, the baseline first
 * @param recommendation which variant to take and what it costs, one line each for memory and for
 *     speed
 */
public record Judgement(
    Comparison comparison, List<VariantJudgement> variants, String recommendation) {

  /** Copies the list. */
  public Judgement {
    variants = List.copyOf(variants);
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
