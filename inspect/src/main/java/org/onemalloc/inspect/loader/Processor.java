package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onemalloc.text.KernelLines;

/**
 * The glibc-hwcaps directories that this machine's loader searches, best first (x86-64 psABI,
 * "Micro-Architecture Levels"; glibc, sysdeps/x86_64/dl-hwcaps-subdirs.c). There are none on
 * processors other than x86-64, whose levels /proc/cpuinfo shows in other terms.
 */
final class Processor {
  private static final Set<String> LEVEL_2 =
      Set.of("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3");
  private static final Set<String> LEVEL_3 =
      Set.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave");
  private static final Set<String> LEVEL_4 =
      Set.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");

  private Processor() {}

  static List<String> hwcapDirectories(Path cpuinfo) {
    Set<String> flags = flags(cpuinfo);
    if (!flags.containsAll(LEVEL_2)) {
      return List.of();
    }
    if (!flags.containsAll(LEVEL_3)) {
      return List.of("x86-64-v2");
    }
    return flags.containsAll(LEVEL_4)
        ? List.of("x86-64-v4", "x86-64-v3", "x86-64-v2")
        : List.of("x86-64-v3", "x86-64-v2");
  }

  private static Set<String> flags(Path cpuinfo) {
    try {
      return KernelLines.of(cpuinfo).stream()
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip().split(" ", -1))
          .map(words -> (Set<String>) new HashSet<>(Arrays.asList(words)))
          .orElse(Set.of());
    } catch (IOException e) {
      return Set.of();
    }
  }
}
