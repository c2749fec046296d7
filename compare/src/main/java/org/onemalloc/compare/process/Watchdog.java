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
 * Ends the measured processes and removes their outputs when this one ends, killed or not.
 *
 * <p>A shell waits at the other end of a pipe. It has a session of its own, so that what ends this
 * process's whole group does not end the guard. The pipe closes when this process ends, by whatever
 * signal; the shell then kills the run's process group, every process that carries this
 * comparison's mark in its environment, and those that it was told of because they left the group.
 * {@code PR_SET_PDEATHSIG} would be simpler, but nothing sets it between posix_spawn and exec, it
 * does not reach grandchildren, and it fires when the thread ends, not the process.
 */
public final class Watchdog implements AutoCloseable {
  /** The variable that marks every process of a comparison. */
  public static final String MARK = "ONEMALLOC_COMPARE";

  /*
   * Lines of the pipe: "group PID" begins a run, "PID START" tells of one process. An id alone would
   * be that of another process some day; field 22 of its stat file tells them apart.
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
      [ "$group" != 0 ] && kill -9 -- "-$group"
      for process in $known; do
        pid=${process%%:*}
        read -r stat <"/proc/$pid/stat" || continue
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
   * Starts the guard.
   *
   * @param directory what it removes at the end
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
   * Says which process group runs now.
   *
   * @param group its number; 0 for none
   */
  public synchronized void guard(int group) {
    told.clear();
    write("group " + group + "\n");
  }

  /**
   * Tells of the processes of the run; those outside its group are remembered.
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
          return; // The guard has gone, which the next run says.
        }
      }
    }
  }

  private void write(String line) {
    try {
      pipe.write(line);
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
    } catch (IOException | UncheckedIOException e) {
      Posix.kill(shell, Posix.SIGKILL);
    }
    Posix.await(shell);
  }
}
