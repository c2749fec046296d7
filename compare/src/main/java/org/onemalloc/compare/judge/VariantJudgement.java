package org.onemalloc.compare.judge;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;

/**
 * The judgement of one variant.
 *
 * @param variant the variant
 * @param runs all its runs, by round
 * @param figures the figures over the runs that count, in the order of the table; empty if none
 *     counts
 * @param problems one sentence for each kind of run that does not count
 * @param verdict one line of text, without the variant's name
 */
public record VariantJudgement(
    Variant variant,
    List<Run> runs,
    Map<Figure, Summary> figures,
    List<String> problems,
    String verdict) {

  /** Copies the collections. */
  public VariantJudgement {
    runs = List.copyOf(runs);
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    problems = List.copyOf(problems);
  }

  /**
   * Returns the runs that enter the figures.
   *
   * @return those that ended well and whose allocator nothing speaks against
   */
  public List<Run> counted() {
    return runs.stream().filter(Run::counts).toList();
  }

  /**
   * Returns the mark of the variant.
   *
   * @return the mark
   */
  public Mark mark() {
    if (runs.isEmpty()) {
      return Mark.MISSING;
    }
    if (runs.stream().allMatch(Run::counts)) {
      boolean seen = runs.stream().allMatch(run -> run.proof().proven());
      return seen ? Mark.PROVEN : Mark.PARTLY_SEEN;
    }
    return runs.stream().allMatch(run -> run.outcome().ok()) ? Mark.UNPROVEN : Mark.FAILED;
  }

  /** The mark of a variant, that of its worst run. */
  public enum Mark {
    /** Every run ended well and was proven. */
    PROVEN,
    /** Every run ended well and nothing speaks against one, but something was not seen. */
    PARTLY_SEEN,
    /** Every run ended well, and one or more could not be proven. */
    UNPROVEN,
    /** One run or more failed. */
    FAILED,
    /** No run ended. */
    MISSING
  }
}
