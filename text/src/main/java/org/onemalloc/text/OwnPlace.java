package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The user of this process, and the places from which the kernel maps code. */
public final class OwnPlace {
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

  private OwnPlace() {}

  /**
   * Returns the effective user of this process.
   *
   * @return the user id; -1 if there is no /proc
   */
  public static long thisUser() {
    return effective("Uid:");
  }

  /**
   * Returns the effective group of this process.
   *
   * @return the group id; -1 if there is no /proc
   */
  static long thisGroup() {
    return effective("Gid:");
  }

  private static long effective(String ids) {
    // The owner of /proc/self is root if the process is not dumpable.
    try {
      for (String line : KernelLines.of(Path.of("/proc/self/status"))) {
        if (line.startsWith(ids)) {
          return Long.parseLong(line.split("\\s+", -1)[2]);
        }
      }
      return -1;
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  /**
   * Returns whether the file system is mounted so that no code can be mapped from it ({@code
   * noexec}, mount(8)). Returns false if this is unknown.
   *
   * @param path an absolute path without symbolic links
   * @return true if no code can be mapped from it
   */
  public static boolean isWithoutExecution(Path path) {
    boolean without = false;
    int longest = -1;
    for (Mount mount : mounts()) {
      if (mount.point().getNameCount() >= longest && path.startsWith(mount.point())) {
        longest = mount.point().getNameCount();
        without = ("," + mount.options() + ",").contains(",noexec,");
      }
    }
    return without;
  }

  /**
   * Returns whether something is mounted on a file or a directory, which then can be neither
   * replaced nor removed. Containers mount single files. Returns false if this is unknown.
   *
   * @param path an absolute path without symbolic links
   * @return true if it is a mount point
   */
  public static boolean isMountPoint(Path path) {
    return mounts().stream().anyMatch(mount -> mount.point().equals(path));
  }

  /** What the kernel shows of a mount. */
  private record Mount(Path point, String options) {}

  /** Returns the mounts, in the order in which they were made; none if they are unknown. */
  private static List<Mount> mounts() {
    List<Mount> mounts = new ArrayList<>();
    try {
      for (String line : KernelLines.of(Path.of("/proc/self/mountinfo"))) {
        // proc_pid_mountinfo(5): the mount point is the fifth field, its options are the sixth.
        String[] fields = line.split(" ", 7);
        mounts.add(new Mount(Path.of(plain(fields[4])), fields[5]));
      }
      return mounts;
    } catch (IOException | RuntimeException e) {
      // There is no /proc, or a mount point cannot be named in this locale.
      return List.of();
    }
  }

  /** Decodes a field: the kernel writes spaces, tabs, newlines and backslashes as octal numbers. */
  private static String plain(String field) {
    return ESCAPED
        .matcher(field)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(Character.toString(Integer.parseInt(match.group(1), 8))));
  }
}
