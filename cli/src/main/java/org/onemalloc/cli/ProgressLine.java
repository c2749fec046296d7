package org.onemalloc.cli;

import java.io.PrintWriter;
import java.time.Duration;
import org.onemalloc.compare.Progress;
import org.onemalloc.text.Text;

/** One line that says what runs and how long the rest will take; rewritten on a terminal. */
final class ProgressLine implements Progress {
  private final PrintWriter err;
  private final boolean rewrite = Terminal.isInteractive();

  ProgressLine(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void starting(String variant, int run, int runs, long remainingNanos) {
    String what = run == 0 ? "warm-up" : "run %d of %d".formatted(run, runs);
    String left = remainingNanos < 0 ? "" : ", about " + words(remainingNanos) + " left";
    String line = "%s: %s%s".formatted(what, Text.escaped(variant), left);
    err.print(rewrite ? "\r\u001b[K" + line : line + "\n");
    err.flush();
  }

  @Override
  public void done() {
    if (rewrite) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  private static String words(long nanos) {
    long seconds = Duration.ofNanos(nanos).toSeconds();
    return seconds < 90 ? seconds + " s" : Math.round(seconds / 60.0) + " min";
  }
}
