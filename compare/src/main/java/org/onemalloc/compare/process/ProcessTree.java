package org.onemalloc.compare.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import org.onemalloc.text.Text;

/**
 * Finds the processes of one run in /proc. The run consists of the members of its process group and
 * of the descendants of this process, except the children that existed before the run and the
 * descendants of those, and what was started {@link #outside}. This process adopts every descendant
 * whose parent ends ({@link Posix#adoptOrphans}), so that a daemon is found too, whatever its
 * group, session, environment or user. An adopted process whose environment has the mark of what
 * was started outside is a daemon of that.
 *
 * <p>A process that does not belong to the run is read only once, so that a sample is cheap on a
 * machine with many processes. Thread-safe.
 */
public final class ProcessTree {
  /**
   * Index of the parent's process id in proc_pid_stat(5), counted from the field after the
   * command's name; likewise the constants below.
   */
  private static final int PARENT = 1;

  private static final int GROUP = 2;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;
  private static final int START = 19;
  private static final int RESIDENT = 21;

  private final long own = ProcessHandle.current().pid();
  private final Set<Long> before;
  private Set<Long> strangers = new HashSet<>();
  private ResourceUsage collected = ResourceUsage.NONE;
  private final Set<Long> apart = new HashSet<>();
  private final byte[] outsideMark;

  /** The adopted processes whose environment was read and has no mark, with their start times. */
  private final Map<Long, Long> adopted = new HashMap<>();

  private long group;

  /**
   * A process at one moment.
   *
   * @param pid the process id
   * @param name its short name, which changes when it executes another program
   * @param parent the process id of its parent
   * @param group its process group
   * @param cpuTicks the CPU time that it has used, in clock ticks
   * @param started when it was started, in clock ticks since boot; start time and process id
   *     together identify a process
   * @param residentPages the pages of memory that it has
   * @param ended whether it has ended and waits to be collected
   */
  public record Member(
      long pid,
      String name,
      long parent,
      long group,
      long cpuTicks,
      long started,
      long residentPages,
      boolean ended) {

    @Override
    public String toString() {
      return Text.escaped(name) + " (pid " + pid + ")";
    }
  }

  /**
   * Records the current children of this process, which belong to no run. Must be called before the
   * run starts.
   *
   * @param outsideMark an entry that the environment of what is started {@link #outside} has, and
   *     that of the run has not; empty if nothing is
   */
  public ProcessTree(String outsideMark) {
    this.outsideMark = outsideMark.getBytes(StandardCharsets.UTF_8);
    before = new HashSet<>();
    for (Member process : all(Set.of())) {
      if (process.parent() == own) {
        before.add(process.pid());
      }
    }
  }

  /**
   * Sets the process group of the run.
   *
   * @param started the process id of its first process
   */
  public synchronized void follow(long started) {
    group = started;
  }

  /**
   * Starts a process that does not belong to the run, although it is a child of this process.
   *
   * @param start starts the process in a process group of its own, and returns its process id. Its
   *     descendants do not belong to the run either, as long as they are in that group, have a
   *     parent that does not belong to the run, or keep the mark in their environment
   * @return its process id
   */
  public synchronized int outside(IntSupplier start) {
    int pid = start.getAsInt();
    apart.add((long) pid);
    return pid;
  }

  /**
   * Finds the processes of the run, and collects ended children that were adopted.
   *
   * @return the live processes; empty if /proc cannot be read
   */
  public synchronized List<Member> members() {
    Map<Long, Member> known = new HashMap<>();
    Set<Long> seen = new HashSet<>();
    for (Member process : all(strangers, seen)) {
      known.put(process.pid(), process);
    }
    Set<Long> inside = new HashSet<>();
    List<Member> members = new ArrayList<>();
    Set<Long> outside = new HashSet<>(strangers);
    outside.retainAll(seen);
    for (Member process : known.values()) {
      switch (place(process, known, inside)) {
        case INSIDE -> {
          if (!process.ended()) {
            members.add(process);
          } else if (process.parent() == own && process.pid() != group) {
            Posix.collect(process.pid())
                .ifPresent(ended -> collected = collected.plus(ended.usage()));
          }
        }
        case OUTSIDE -> outside.add(process.pid());
        case UNCERTAIN -> {}
      }
    }
    strangers = outside;
    return members;
  }

  /**
   * Returns the resource usage of the collected processes and of the descendants that they waited
   * for.
   */
  public synchronized ResourceUsage collected() {
    return collected;
  }

  private enum Place {
    INSIDE,
    OUTSIDE,
    /** An ancestor ended while /proc was read, so the parent that was read is out of date. */
    UNCERTAIN
  }

  private Place place(Member process, Map<Long, Member> known, Set<Long> inside) {
    List<Long> path = new ArrayList<>();
    Member at = process;
    while (true) {
      long pid = at.pid();
      if (before.contains(pid) || pid == own || apart.contains(at.group())) {
        return Place.OUTSIDE;
      }
      path.add(pid);
      if (at.group() != group && at.parent() == own && isMarkedOutside(at)) {
        return Place.OUTSIDE;
      }
      if (at.group() == group || at.parent() == own || inside.contains(pid)) {
        inside.addAll(path);
        return Place.INSIDE;
      }
      if (at.parent() == 0 || strangers.contains(at.parent())) {
        return Place.OUTSIDE;
      }
      at = known.get(at.parent());
      if (at == null) {
        return Place.UNCERTAIN;
      }
    }
  }

  private boolean isMarkedOutside(Member orphan) {
    if (outsideMark.length == 0
        || Long.valueOf(orphan.started()).equals(adopted.get(orphan.pid()))) {
      return false;
    }
    try {
      byte[] environment = Files.readAllBytes(Path.of("/proc/" + orphan.pid() + "/environ"));
      if (contains(environment, outsideMark)) {
        return true;
      }
      if (environment.length > 0) { // it is empty while a program is executed, and at the end
        adopted.put(orphan.pid(), orphan.started());
      }
    } catch (IOException e) {
      // It ended, or it is another user's: what cannot be told apart belongs to the run.
    }
    return false;
  }

  /** Returns whether an environment has an entry. */
  private static boolean contains(byte[] environment, byte[] entry) {
    int from = 0;
    for (int i = 0; i < environment.length; i++) {
      if (environment[i] == 0) {
        if (Arrays.equals(environment, from, i, entry, 0, entry.length)) {
          return true;
        }
        from = i + 1;
      }
    }
    return false;
  }

  private static List<Member> all(Set<Long> except) {
    return all(except, new HashSet<>());
  }

  private static List<Member> all(Set<Long> except, Set<Long> seen) {
    List<Member> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        seen.add(pid);
        if (!except.contains(pid)) {
          read(process, pid, found);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    return found;
  }

  private static void read(Path process, long pid, List<Member> found) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      int end = stat.lastIndexOf(')');
      String[] fields = stat.substring(end + 2).split(" ", -1);
      found.add(
          new Member(
              pid,
              stat.substring(stat.indexOf('(') + 1, end),
              Long.parseLong(fields[PARENT]),
              Long.parseLong(fields[GROUP]),
              Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]),
              Long.parseLong(fields[START]),
              Long.parseLong(fields[RESIDENT]),
              (fields[0].equals("Z") || fields[0].equals("X")) && !hasThreads(process)));
    } catch (IOException | RuntimeException e) {
      // The process ended while it was read; the next sample omits it.
    }
  }

  /**
   * Returns whether other threads outlive the first one. Such a process is shown as ended, but
   * cannot be collected yet: its threads are still ending, or its first thread ended by itself.
   */
  private static boolean hasThreads(Path process) throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
      int count = 0;
      for (Path _ : threads) {
        count++;
      }
      return count > 1;
    }
  }
}
