package org.onemalloc.compare.report;

import java.io.IOException;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.judge.Judge;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement.Mark;
import org.onemalloc.text.Style;

/**
 * A comparison judged once, and its three forms. Immutable and thread-safe.
 *
 * <p>Text that came from the measured program or the command line is made harmless in each form:
 * control characters do not reach the terminal, markup does not reach the page.
 */
public final class Report {
  private final Judgement judgement;

  private Report(Judgement judgement) {
    this.judgement = judgement;
  }

  /**
   * Judges a comparison.
   *
   * @param comparison what was measured, with one variant or more; it may have no runs yet
   * @return its report
   * @throws IllegalArgumentException if it has no variant
   */
  public static Report of(Comparison comparison) {
    return new Report(Judge.judge(comparison));
  }

  /**
   * The table with verdicts and recommendation, for a terminal of 100 columns. It has characters
   * beyond ASCII: print it as UTF-8.
   *
   * @param colour whether to mark differences with ANSI colours; they never carry anything that the
   *     text does not
   * @return lines, each with its line end
   */
  public String table(boolean colour) {
    return new TextTable(judgement, colour ? Style.ANSI : Style.PLAIN).toString();
  }

  /**
   * Writes the page: one HTML document that needs no network and nothing beside it.
   *
   * @param out where to, as UTF-8
   * @throws IOException if it cannot be written
   */
  public void page(Appendable out) throws IOException {
    out.append(new Page(judgement).html());
  }

  /**
   * Writes the raw samples and the judgement as JSON, as docs/compare-json.md specifies it.
   *
   * @param out where to, as UTF-8
   * @throws IOException if it cannot be written
   */
  public void json(Appendable out) throws IOException {
    new JsonReport(judgement, out).write();
  }

  /**
   * Whether more rounds would tell nothing: every figure of every variant is called a difference,
   * or leaves no room for a large one; or nothing can be told, because the baseline has no run that
   * counts.
   *
   * @return true if the comparison may end
   */
  public boolean decided() {
    return judgement.undecided().isEmpty();
  }

  /**
   * What more rounds would tell.
   *
   * @return a sentence; empty if all is decided
   */
  public String undecided() {
    return decided() ? "" : "undecided: " + String.join(", ", judgement.undecided());
  }

  /**
   * Whether every variant ran to its end in every run and was proven: what exit code 0 promises.
   *
   * @return false if a run failed, could not be proven or could not be started, or a variant never
   *     ran
   */
  public boolean allProven() {
    return judgement.comparison().end() != Comparison.End.FAILED
        && judgement.variants().stream().allMatch(variant -> variant.mark() == Mark.PROVEN);
  }
}
