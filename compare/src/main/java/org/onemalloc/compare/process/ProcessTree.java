package org.onemalloc.compare.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The processes of one run: the child, its descendants, and whoever is in its process group, found
 * in /proc at one moment. A descendant whose parents ended stays in the group; one that made a
 * group of its own is found through its parents.
 */
public final class ProcessTree {
  /** proc_pid_stat(5), counted from the field behind the command's name. */
  private static final int PARENT = 1;

  private static final int GROUP = 2;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private ProcessTree() {}

  /**
   * A process at one moment.
   *
   * @param pid its id
   * @param cpuTicks CPU time it has used, in clock ticks
   * @param zombie whether it has ended and waits to be collected
   */
  public record Member(long pid, long cpuTicks, boolean zombie) {}

  private record Entry(Member member, long parent, long group) {}

  /** The live processes of the group and its descendants. */
  public static List<Member> of(long group) {
    Map<Long, Entry> all = new HashMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        read(process, all);
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    Set<Long> inside = new HashSet<>();
    List<Member> members = new ArrayList<>();
    for (Entry entry : all.values()) {
      if (belongs(entry, group, all, inside) && !entry.member().zombie()) {
        members.add(entry.member());
      }
    }
    return members;
  }

  /**
   * The processes that carry a variable in their environment, whatever group or parent they have.
   *
   * @param variable {@code NAME=value}
   */
  public static List<Long> marked(String variable) {
    List<Long> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (environment(process).contains(variable)) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return found;
    }
    return found;
  }

  /** Empty if it has ended or belongs to somebody else. */
  private static String environment(Path process) {
    try {
      return Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  private static boolean belongs(Entry entry, long group, Map<Long, Entry> all, Set<Long> inside) {
    for (Entry at = entry; at != null; at = all.get(at.parent())) {
      if (at.group() == group || at.member().pid() == group || inside.contains(at.member().pid())) {
        inside.add(entry.member().pid());
        return true;
      }
    }
    return false;
  }

  private static void read(Path process, Map<Long, Entry> all) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      long pid = Long.parseLong(process.getFileName().toString());
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
      Member member = new Member(pid, ticks, fields[0].equals("Z"));
      all.put(
          pid, new Entry(member, Long.parseLong(fields[PARENT]), Long.parseLong(fields[GROUP])));
    } catch (IOException | RuntimeException e) {
      // It ended while it was looked at: the next sample is right again.
    }
  }
}
