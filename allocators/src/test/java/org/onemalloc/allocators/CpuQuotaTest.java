package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuQuotaTest {
  private static final String SECOND =
      "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

  @TempDir Path root;

  private void file(String path, String content) throws Exception {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private OptionalDouble read() {
    return new CpuQuota(root).read();
  }

  @Test
  void readsAContainerOfTheSecondVersion() throws Exception {
    file("proc/self/cgroup", "0::/\n");
    file("proc/self/mountinfo", SECOND);
    file("sys/fs/cgroup/cpu.max", "150000 100000\n");
    assertEquals(OptionalDouble.of(1.5), read());
  }

  @Test
  void takesTheSmallestQuotaOnTheWayUp() throws Exception {
    file("proc/self/cgroup", "0::/kubepods.slice/pod1.slice/app.scope\n");
    file("proc/self/mountinfo", SECOND);
    file("sys/fs/cgroup/kubepods.slice/pod1.slice/app.scope/cpu.max", "max 100000\n");
    file("sys/fs/cgroup/kubepods.slice/pod1.slice/cpu.max", "200000 100000\n");
    file("sys/fs/cgroup/kubepods.slice/cpu.max", "400000 100000\n");
    assertEquals(OptionalDouble.of(2), read());
  }

  @Test
  void readsAContainerOfTheFirstVersion() throws Exception {
    file("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n");
    file(
        "proc/self/mountinfo",
        """
        34 29 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro master:11 - cgroup cgroup rw,cpu
        35 29 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
        """);
    file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
    file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assertEquals(OptionalDouble.of(0.5), read());
  }

  @Test
  void readsTheHybridOfBothVersions() throws Exception {
    file("proc/self/cgroup", "4:cpu:/a\n2:cpuset:/b\n0::/c\n");
    file(
        "proc/self/mountinfo",
        """
        24 20 0:21 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
        25 20 0:22 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        """);
    file("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "300000\n");
    file("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    file("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    file("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assertEquals(OptionalDouble.of(3), read());
  }

  @Test
  void knowsNoQuotaWhereThereIsNone() throws Exception {
    assertEquals(OptionalDouble.empty(), read());
    file("proc/self/cgroup", "0::/../other\n");
    file("proc/self/mountinfo", SECOND + "damaged line\n1 2 - \n");
    file("sys/fs/cgroup/cpu.max", "max 100000\n");
    assertEquals(OptionalDouble.empty(), read());
    file("sys/fs/cgroup/cpu.max", "100000 0\n");
    assertEquals(OptionalDouble.empty(), read());
  }

  @Test
  void roundsUpAndStaysWithinTheCpusOfTheProcess() {
    assertEquals(2, CpuQuota.cpus(1.2, 8));
    assertEquals(1, CpuQuota.cpus(0.1, 8));
    assertEquals(4, CpuQuota.cpus(16, 4));
  }
}
