package org.onemalloc.compare.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.Verdict;
import org.onemalloc.text.Style;

/**
 * The forms of what a tuning has found: a table, a page, JSON, and the profile. Immutable and
 * thread-safe.
 */
public final class TuneReport {
  private final TuneResult result;
  private final Optional<Path> file;
  private final Verdict verdict;

  /**
   * Creates a report.
   *
   * @param result the result
   * @param file the file in which the profile is written, for the commands that use it; empty for
   *     none
   */
  public TuneReport(TuneResult result, Optional<Path> file) {
    this.result = result;
    this.file = file;
    this.verdict = Verdict.of(result);
  }

  /**
   * Returns the table for a terminal of 100 columns. It contains characters beyond ASCII: print it
   * as UTF-8.
   *
   * @param colour whether to use ANSI sequences
   * @return lines, each with its line terminator
   */
  public String table(boolean colour) {
    return new TuneTable(result, file, colour ? Style.ANSI : Style.PLAIN).toString();
  }

  /**
   * Writes the page: one HTML document that needs no network and no other file.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   */
  public void page(Appendable out) throws IOException {
    out.append(new TunePage(result, file).html());
  }

  /**
   * Writes all runs and what was decided as JSON, which docs/tune.md specifies.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   */
  public void json(Appendable out) throws IOException {
    new TuneJson(result, out).write();
  }

  /**
   * Returns whether there is a profile to write.
   *
   * @return false before the race has ended, and if the choice does not keep the constraints
   */
  public boolean hasProfile() {
    return verdict.usable();
  }

  /**
   * Writes the profile of the candidate that was chosen.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it cannot be written
   * @throws java.util.NoSuchElementException if there is no profile
   */
  public void profile(Appendable out) throws IOException {
    List<String> comments = new ArrayList<>();
    comments.add("A profile of settings, found by onemalloc tune " + result.machine().tool() + ".");
    comments.add("Command: " + Shell.line(result.request().measured().command()));
    comments.add(verdict.text());
    comments.add(
        "Measured with " + result.winner().orElseThrow().candidate().variant().allocator() + ".");
    comments.add(
        "Use it with: onemalloc run -a NAME+FILE, or onemalloc link -a NAME --profile FILE.");
    out.append(result.winner().orElseThrow().candidate().profile().text(comments));
  }

  /**
   * Returns whether the tuning was finished and the runs of what it recommends all count, which
   * exit code 0 promises.
   *
   * @return true if there is a verdict to rely on
   */
  public boolean sound() {
    return verdict.sound();
  }
}
