package org.onemalloc.top;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.text.KernelLines;
import org.onemalloc.top.Frame.MappingUsage;

/** The memory of a process by mapping, from /proc/PID/smaps (proc_pid_smaps(5)). */
record Smaps(long residentBytes, long proportionalBytes, List<MappingUsage> mappings) {
  static final String ANONYMOUS = "anonymous";

  static Smaps of(long pid) throws IOException {
    try (KernelLines lines =
        new KernelLines(Files.newInputStream(Path.of("/proc/" + pid + "/smaps")))) {
      Smaps smaps = parse(lines);
      if (smaps.mappings.isEmpty()) {
        throw new IOException("no mappings: the process has ended");
      }
      return smaps;
    }
  }

  static Smaps parse(KernelLines lines) throws IOException {
    Map<String, long[]> sums = new LinkedHashMap<>();
    long[] current = new long[2];
    long resident = 0;
    long proportional = 0;
    for (String line = lines.next(); line != null; line = lines.next()) {
      if (isHeader(line)) {
        current = sums.computeIfAbsent(name(line), _ -> new long[2]);
      } else if (line.startsWith("Rss:")) {
        current[0] += kibibytes(line);
        resident += kibibytes(line);
      } else if (line.startsWith("Pss:")) {
        current[1] += kibibytes(line);
        proportional += kibibytes(line);
      }
    }
    List<MappingUsage> mappings =
        sums.entrySet().stream()
            .map(e -> new MappingUsage(e.getKey(), e.getValue()[0], e.getValue()[1]))
            .sorted(Comparator.comparingLong(MappingUsage::residentBytes).reversed())
            .toList();
    return new Smaps(resident, proportional, mappings);
  }

  /**
   * Returns whether a line begins a mapping, that is with a lower-case hexadecimal digit of an
   * address. A field begins with a capital letter.
   */
  private static boolean isHeader(String line) {
    char first = line.isEmpty() ? ' ' : line.charAt(0);
    return (first >= '0' && first <= '9') || (first >= 'a' && first <= 'f');
  }

  private static String name(String header) {
    String[] words = header.split(" +", 6);
    return words.length < 6 || words[5].isBlank() ? ANONYMOUS : words[5];
  }

  private static long kibibytes(String line) {
    return 1024 * Long.parseLong(line.substring(4, line.length() - 2).strip());
  }
}
