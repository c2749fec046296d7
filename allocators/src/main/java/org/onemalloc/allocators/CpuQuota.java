package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.onemalloc.text.KernelLines;

/**
 * The number of CPUs that the control group of this process may use, by quota: cgroup v2's {@code
 * cpu.max} (Linux Documentation/admin-guide/cgroup-v2.rst) and v1's {@code cpu.cfs_quota_us} and
 * {@code cpu.cfs_period_us} (Documentation/scheduler/sched-bwc.rst).
 *
 * <p>A group's quota holds for all groups below it, so the smallest on the way up counts. The path
 * in {@code /proc/self/cgroup} is below the root of the hierarchy that {@code /proc/self/mountinfo}
 * says is mounted; in a container that sees only its own part, it is below the mount point itself.
 */
final class CpuQuota {
  private final Path root;

  /** Reads below a directory that stands for {@code /}. */
  CpuQuota(Path root) {
    this.root = root;
  }

  /** Returns the CPUs this process can use: the quota rounded up, at most those it is put on. */
  static int cpus() {
    int available = Runtime.getRuntime().availableProcessors();
    OptionalDouble quota = new CpuQuota(Path.of("/")).read();
    return quota.isEmpty() ? available : cpus(quota.getAsDouble(), available);
  }

  static int cpus(double quota, int available) {
    return (int) Math.max(1, Math.min(available, Math.ceil(quota)));
  }

  /** Returns the quota in CPUs, such as 1.5; empty if there is none or it cannot be read. */
  OptionalDouble read() {
    double smallest = Double.MAX_VALUE;
    List<String> groups = lines(root.resolve("proc/self/cgroup"));
    for (String line : lines(root.resolve("proc/self/mountinfo"))) {
      int dash = line.indexOf(" - ");
      String[] mount = line.split(" ", -1);
      String[] type = line.substring(Math.max(dash, 0)).trim().split(" ", -1);
      if (dash < 0 || mount.length < 5 || type.length < 4) {
        continue;
      }
      boolean second = type[1].equals("cgroup2");
      boolean first = type[1].equals("cgroup") && List.of(type[3].split(",", -1)).contains("cpu");
      if (first || second) {
        String group = group(groups, second);
        smallest = Math.min(smallest, smallest(mount[4], mount[3], group, second));
      }
    }
    return smallest == Double.MAX_VALUE ? OptionalDouble.empty() : OptionalDouble.of(smallest);
  }

  /** Returns the path of this process in the second hierarchy ("0::") or in that of cpu. */
  private static String group(List<String> groups, boolean second) {
    for (String line : groups) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3
          && (second ? parts[1].isEmpty() : List.of(parts[1].split(",", -1)).contains("cpu"))) {
        return parts[2];
      }
    }
    return "/";
  }

  private double smallest(String mountPoint, String mountRoot, String group, boolean second) {
    Path top = root.resolve(mountPoint.substring(1));
    String below = group;
    if (!mountRoot.equals("/") && (group + "/").startsWith(mountRoot + "/")) {
      below = group.substring(mountRoot.length());
    }
    Path directory = top.resolve(below.replaceFirst("^/+", "")).normalize();
    double smallest = Double.MAX_VALUE;
    while (directory.startsWith(top)) {
      smallest = Math.min(smallest, second ? secondQuota(directory) : firstQuota(directory));
      directory = directory.getParent();
    }
    return smallest;
  }

  /** {@code max 100000}, or {@code 150000 100000} for one and a half CPUs. */
  private static double secondQuota(Path directory) {
    List<String> lines = lines(directory.resolve("cpu.max"));
    String[] parts = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", -1);
    return parts.length == 2 ? ratio(parts[0], parts[1]) : Double.MAX_VALUE;
  }

  private static double firstQuota(Path directory) {
    List<String> quota = lines(directory.resolve("cpu.cfs_quota_us"));
    List<String> period = lines(directory.resolve("cpu.cfs_period_us"));
    return quota.isEmpty() || period.isEmpty()
        ? Double.MAX_VALUE
        : ratio(quota.getFirst(), period.getFirst());
  }

  /** No quota is "max" in the second version and -1 in the first. */
  private static double ratio(String quota, String period) {
    if (!quota.matches("\\d{1,15}") || !period.matches("\\d{1,15}")) {
      return Double.MAX_VALUE;
    }
    double ratio = Double.parseDouble(quota) / Double.parseDouble(period);
    return ratio > 0 && Double.isFinite(ratio) ? ratio : Double.MAX_VALUE;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? KernelLines.of(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
