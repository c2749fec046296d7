package org.onemalloc.compare.report;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.judge.Judge;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement.Mark;
import org.onemalloc.text.Style;

/**
 * A comparison judged once, and its three forms. Immutable and thread-safe.
 *
 * <p>Text of the measured program or the command line is made safe in each form: control characters
 * are written out for the terminal, and markup is escaped in the page.
 */
public final class Report {
  private static final Set<Mark> SOUND = EnumSet.of(Mark.PROVEN, Mark.PARTLY_SEEN);

  private final Judgement judgement;

  private Report(Judgement judgement) {
    this.judgement = judgement;
  }

  /**
   * Judges a comparison.
   *
   * @param comparison a comparison of one variant or more, which may have no runs yet
   * @return its report
   * @throws IllegalArgumentException if it has no variant
   */
  public static Report of(Comparison comparison) {
    return new Report(Judge.judge(comparison));
  }

  /**
   * Returns the table with verdicts and recommendation, for a terminal of 100 columns. It contains
   * characters beyond ASCII: print it as UTF-8.
   *
   * @param colour whether to mark differences with ANSI colours; they add nothing that the text
   *     does not say
   * @return lines, each with its line terminator
   */
  public String table(boolean colour) {
    return new TextTable(judgement, colour ? Style.ANSI : Style.PLAIN).toString();
  }

  /**
   * Writes the page: one HTML document that needs no network and no other file.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   */
  public void page(Appendable out) throws IOException {
    out.append(new Page(judgement).html());
  }

  /**
   * Writes the raw samples and the judgement as JSON, which docs/compare-json.md specifies.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   */
  public void json(Appendable out) throws IOException {
    new JsonReport(judgement, out).write();
  }

  /**
   * Writes the judged figures as a table of Markdown.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   */
  public void markdown(Appendable out) throws IOException {
    out.append(new MarkdownTable(judgement).text());
  }

  /**
   * Writes every figure of every run as CSV: nanoseconds, bytes, counts, and the load generator's
   * own units.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   */
  public void csv(Appendable out) throws IOException {
    new CsvTable(judgement).write(out);
  }

  /**
   * Returns whether more rounds would change nothing: every figure of every variant is called
   * different, or cannot hide a large difference; or nothing can be judged, because the baseline
   * has no run that counts.
   *
   * @return true if the comparison may end
   */
  public boolean decided() {
    return judgement.undecided().isEmpty();
  }

  /**
   * Returns what more rounds would decide.
   *
   * @return a sentence; empty if everything is decided
   */
  public String undecided() {
    return decided() ? "" : "undecided: " + String.join(", ", judgement.undecided());
  }

  /**
   * Returns whether every run of every variant ended well and nothing speaks against its allocator,
   * which exit code 0 promises. A run that was not fully seen is among them: its mark says so, and
   * whether the kernel gives its record is a property of the machine, not of the program.
   *
   * @return false if a run failed, failed a check or could not be started, or a variant never ran
   */
  public boolean sound() {
    return judgement.comparison().end() != Comparison.End.FAILED
        && judgement.variants().stream().allMatch(variant -> SOUND.contains(variant.mark()));
  }
}
