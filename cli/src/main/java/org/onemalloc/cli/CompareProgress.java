package org.onemalloc.cli;

import java.io.PrintWriter;
import java.time.Duration;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Progress;
import org.onemalloc.compare.report.Report;
import org.onemalloc.text.Text;

/**
 * Shows the progress of {@code compare}. On a terminal it shows the table after each round and a
 * line for the current run, both rewritten in place. Elsewhere it prints a line for each run, the
 * table after the first round, and the undecided verdicts after each further round.
 */
final class CompareProgress implements Progress {
  static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter err;
  private final boolean rewrite = Terminal.isInteractive();
  private int shown;

  CompareProgress(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void starting(String variant, int run, int runs, long remainingNanos) {
    String what = run == 0 ? "warm-up" : "run %d of %d".formatted(run, runs);
    String left = remainingNanos < 0 ? "" : ", at most " + words(remainingNanos) + " left";
    String line = "%s: %s%s".formatted(what, Text.escaped(variant), left);
    err.print(rewrite ? CLEAR_LINE + unwrapped(line) : line + "\n");
    err.flush();
  }

  @Override
  public boolean enough(Comparison soFar) {
    Report report = Report.of(soFar);
    if (rewrite) {
      clear();
      String table = report.table(Terminal.hasColours()) + "\n";
      err.print(unwrapped(table));
      shown = (int) table.chars().filter(c -> c == '\n').count();
    } else if (soFar.rounds() == 1 && soFar.roundsAsked() > 1) {
      err.println(report.table(false));
    } else if (soFar.roundsAsked() > 1) {
      err.printf(
          "after round %d: %s%n",
          soFar.rounds(), report.decided() ? "all is decided" : report.undecided());
    }
    err.flush();
    return report.decided();
  }

  @Override
  public void done() {
    if (rewrite) {
      clear();
      err.flush();
    }
  }

  private void clear() {
    err.print(shown == 0 ? CLEAR_LINE : back(shown));
    shown = 0;
  }

  /** Returns a time as people say it. */
  static String words(long nanos) {
    long seconds = Duration.ofNanos(nanos).toSeconds();
    return seconds < 90 ? seconds + " s" : Math.round(seconds / 60.0) + " min";
  }

  /**
   * Returns text that the terminal cuts off at its right edge (DECAWM). A wrapped line would be two
   * lines on the screen, and {@link #back} would go back too few.
   */
  private static String unwrapped(String text) {
    return "\u001b[?7l" + text + "\u001b[?7h";
  }

  /**
   * Returns the sequence that moves the cursor up and clears the lines below (ECMA-48, CUU and ED).
   */
  private static String back(int lines) {
    return "\r\u001b[%dA\u001b[J".formatted(lines);
  }
}
