package org.onemalloc.cli;

import java.io.PrintWriter;
import org.onemalloc.compare.tune.TuneProgress;
import org.onemalloc.text.Text;

/**
 * Shows the progress of {@code tune}: a line for the current run, which is rewritten in place on a
 * terminal, and a line for what each round has decided.
 */
final class TuneLines implements TuneProgress {
  private final PrintWriter err;
  private final boolean rewrite = Terminal.isInteractive();

  TuneLines(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void starting(String what, String candidate, int done, long remainingNanos) {
    String left =
        remainingNanos < 0 ? "" : ", at most " + CompareProgress.words(remainingNanos) + " left";
    String number = what.equals("warm-up") ? "" : " (run %d)".formatted(done + 1);
    String line = "%s: %s%s%s".formatted(what, Text.escaped(candidate), number, left);
    err.print(rewrite ? CompareProgress.CLEAR_LINE + line : line + "\n");
    err.flush();
  }

  @Override
  public void said(String sentence) {
    err.print((rewrite ? CompareProgress.CLEAR_LINE : "") + Text.escaped(sentence) + "\n");
    err.flush();
  }

  /** Removes the line of the last run. */
  void done() {
    if (rewrite) {
      err.print(CompareProgress.CLEAR_LINE);
      err.flush();
    }
  }
}
