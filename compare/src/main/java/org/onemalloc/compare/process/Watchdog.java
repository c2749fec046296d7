package org.onemalloc.compare.process;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Ends the measured processes and removes their outputs when this process ends, even by SIGKILL.
 *
 * <p>The watchdog is a shell that reads from a pipe. It has its own session, so that a signal to
 * this process's group does not end it. When this process ends, for whatever reason, the pipe
 * closes. The shell then kills the run's process group, every process with this comparison's mark
 * in its environment, and the reported processes that left the group. {@code PR_SET_PDEATHSIG}
 * would be simpler, but posix_spawn cannot set it, it does not reach grandchildren, and it fires
 * when the parent thread ends, not the process.
 */
public final class Watchdog implements AutoCloseable {
  /** The variable that marks every process of a comparison. */
  public static final String MARK = "ONEMALLOC_COMPARE";

  /*
   * Lines of the pipe: "group PID" begins a run, "PID START" reports one process. The start time,
   * field 22 of its stat file, is needed because process ids are reused.
   */
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP QUIT
      group=0
      known=
      while read -r first second; do
        case $first in
          group) group=$second; known= ;;
          *) known="$known $first:$second" ;;
        esac
      done
      [ "$group" != 0 ] && kill -9 "-$group"
      for process in $known; do
        pid=${process%%:*}
        stat=
        while read -r line; do stat="$stat $line"; done 2>/dev/null <"/proc/$pid/stat"
        set -- "$1" "$2" ${stat##*)}
        [ "${22}" = "${process#*:}" ] && kill -9 "$pid"
      done
      for environment in $(grep -ls "%s=$1" /proc/[0-9]*/environ); do
        pid=${environment#/proc/}
        kill -9 "${pid%%/environ}"
      done
      rm -rf -- "$2"
      """
          .formatted(MARK);

  private final String mark = UUID.randomUUID().toString();
  private final int shell;
  private final Writer pipe;
  private final Map<Long, Long> told = new HashMap<>();

  /**
   * Starts the watchdog.
   *
   * @param directory the directory to remove at the end
   */
  public Watchdog(Path directory) {
    try {
      int[] ends = Posix.pipe();
      shell =
          ProgramStart.spawnApart(
              "/bin/sh",
              Stream.of("/bin/sh", "-c", SCRIPT, "onemalloc-watchdog", mark, directory.toString())
                  .map(word -> word.getBytes(StandardCharsets.UTF_8))
                  .toList(),
              Environ.inheritedWith(Map.of("LC_ALL", "C")),
              ends[0]);
      pipe =
          new OutputStreamWriter(
              new FileOutputStream("/proc/self/fd/" + ends[1]), StandardCharsets.US_ASCII);
      Posix.close(ends[0]);
      Posix.close(ends[1]);
    } catch (Posix.PosixException e) {
      throw new UncheckedIOException(
          "the runs cannot be guarded: " + e.getMessage(), new IOException(e));
    } catch (IOException e) {
      throw new UncheckedIOException("the runs cannot be guarded: " + e.getMessage(), e);
    }
  }

  /** Returns the value of {@link #MARK} for this comparison. */
  public String mark() {
    return mark;
  }

  /**
   * Sets the process group that is running.
   *
   * @param group the id of the group; 0 for none
   */
  public synchronized void guard(int group) {
    told.clear();
    write("group " + group + "\n");
  }

  /**
   * Reports the processes of the run. The watchdog remembers those outside the run's group.
   *
   * @param group the run's group
   * @param members its processes at this moment
   */
  public synchronized void tell(int group, List<ProcessTree.Member> members) {
    for (ProcessTree.Member member : members) {
      boolean left = member.group() != group;
      Long before = left ? told.put(member.pid(), member.started()) : null;
      if (left && (before == null || before != member.started())) {
        try {
          write(member.pid() + " " + member.started() + "\n");
        } catch (UncheckedIOException e) {
          return; // The watchdog has ended; the next run reports it.
        }
      }
    }
  }

  private void write(String line) {
    try {
      pipe.write(line);
      pipe.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the watchdog of the runs has ended", e);
    }
  }

  @Override
  public void close() {
    try {
      guard(0);
      pipe.close();
    } catch (IOException | UncheckedIOException e) {
      Posix.kill(shell, Posix.SIGKILL);
    }
    Posix.await(shell);
  }
}
