package org.onemalloc.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.onemalloc.text.Text;

/**
 * What a long measurement prints at its end. If Ctrl-C ends the measurement, the process ends only
 * after that is printed, or some seconds later.
 *
 * <p>The hook is there before the measurement, which makes a directory and so must come to its end
 * too where Ctrl-C comes while it is made.
 */
final class LastWords implements AutoCloseable {
  private static final long MOST_SECONDS = 10;

  private final PrintWriter out;
  private final CountDownLatch said = new CountDownLatch(1);
  private Optional<Runnable> measurement = Optional.empty();
  private boolean interrupted;

  private LastWords(PrintWriter out) {
    this.out = out;
  }

  /** Returns last words for which SIGINT and SIGTERM to this process wait. */
  static LastWords to(PrintWriter out) {
    LastWords words = new LastWords(out);
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(words::interrupt, "onemalloc-interrupted"));
    } catch (IllegalStateException e) {
      words.end(); // the process is about to end
    }
    return words;
  }

  /** Ends the measurement on SIGINT and SIGTERM to this process, also on one that has come. */
  synchronized void interrupting(Runnable ending) {
    measurement = Optional.of(ending);
    if (interrupted) {
      ending.run();
    }
  }

  private synchronized void end() {
    interrupted = true;
    measurement.ifPresent(Runnable::run);
  }

  private void interrupt() {
    if (said.getCount() == 0) {
      return;
    }
    end();
    try {
      boolean _ = said.await(MOST_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Prints a part of the result at once. */
  void print(String text) {
    out.print(text);
    out.flush();
  }

  /** Prints where a file was written. */
  void wrote(String what, Path file) {
    print(what + ": " + Text.escaped(file.toAbsolutePath().normalize().toString()) + "\n");
  }

  /** Lets the process end. */
  @Override
  public void close() {
    said.countDown();
  }
}
