package org.onemalloc.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.onemalloc.text.Text;

/**
 * What a long measurement prints at its end. If Ctrl-C ends the measurement, the process ends only
 * after that is printed, or some seconds later.
 */
final class LastWords implements AutoCloseable {
  private static final long MOST_SECONDS = 10;

  private final PrintWriter out;
  private final CountDownLatch said = new CountDownLatch(1);

  LastWords(PrintWriter out) {
    this.out = out;
  }

  /** Ends the measurement on SIGINT and SIGTERM to this process. */
  void interrupting(Runnable measurement) {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> interrupt(measurement), "onemalloc-interrupted"));
  }

  private void interrupt(Runnable measurement) {
    if (said.getCount() == 0) {
      return;
    }
    measurement.run();
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
