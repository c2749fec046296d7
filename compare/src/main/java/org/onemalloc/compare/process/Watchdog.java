package org.onemalloc.compare.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Ends the measured processes and removes their outputs when this one ends, killed or not.
 *
 * <p>A shell waits at the other end of a pipe. The pipe closes when this process ends, by whatever
 * signal, and the shell then kills the current process group and every process that carries this
 * comparison's mark in its environment. {@code PR_SET_PDEATHSIG} would be simpler, but nothing sets
 * it between posix_spawn and exec, and it fires when the thread ends, not the process.
 */
public final class Watchdog implements AutoCloseable {
  /** The variable that marks every process of a comparison. */
  public static final String MARK = "ONEMALLOC_COMPARE";

  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      group=
      while read -r word; do group=$word; done
      [ -n "$group" ] && [ "$group" != 0 ] && kill -9 -- "-$group"
      for environment in $(grep -ls "%s=$1" /proc/[0-9]*/environ); do
        pid=${environment#/proc/}
        kill -9 "${pid%%/environ}"
      done
      rm -rf -- "$2"
      """
          .formatted(MARK);

  private final String mark = UUID.randomUUID().toString();
  private final Process shell;
  private final Writer pipe;

  /**
   * Starts the guard.
   *
   * @param directory what it removes at the end
   */
  public Watchdog(Path directory) {
    ProcessBuilder builder =
        new ProcessBuilder(
            "/bin/sh", "-c", SCRIPT, "onemalloc-watchdog", mark, directory.toString());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      shell = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("/bin/sh cannot be started to guard the runs", e);
    }
    pipe = shell.outputWriter(StandardCharsets.US_ASCII);
  }

  /** Returns the value of {@link #MARK} for this comparison. */
  public String mark() {
    return mark;
  }

  /** Says which process group runs now; 0 for none. */
  public void guard(int group) {
    try {
      pipe.write(group + "\n");
      pipe.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the guard of the runs has gone", e);
    }
  }

  @Override
  public void close() {
    try {
      guard(0);
      pipe.close();
      shell.waitFor();
    } catch (IOException e) {
      shell.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
