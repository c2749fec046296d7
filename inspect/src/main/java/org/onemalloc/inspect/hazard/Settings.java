package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Flags of the JVM and variables that configure glibc's malloc while another allocator serves the
 * process.
 */
final class Settings implements Rule {
  /** TrimNativeHeapInterval calls malloc_trim; GlibcMallocArenas (SapMachine) calls mallopt. */
  private static final Pattern FLAG =
      Pattern.compile("-XX:(TrimNativeHeapInterval=(?!0$)|GlibcMallocArenas=(?!0$))\\d+");

  /** mallopt(3), "Environment variables"; the manual's "Memory Allocation Tunables". */
  private static final Pattern VARIABLE =
      Pattern.compile("MALLOC_(ARENA_(MAX|TEST)|(TOP_PAD|TRIM_THRESHOLD|MMAP_(THRESHOLD|MAX))_)");

  private static final List<String> OPTIONS = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<String> evidence = new ArrayList<>();
    Map<String, String> environment = new TreeMap<>(view.subject().environment());
    view.subject().commandLine().stream()
        .filter(word -> FLAG.matcher(word).matches())
        .map("The command has %s."::formatted)
        .forEach(evidence::add);
    for (String options : OPTIONS) {
      for (String word : environment.getOrDefault(options, "").split("\\s+", -1)) {
        if (FLAG.matcher(word).matches()) {
          evidence.add("%s has %s.".formatted(options, word));
        }
      }
    }
    environment.forEach(
        (name, value) -> {
          if (VARIABLE.matcher(name).matches()
              || (name.equals("GLIBC_TUNABLES") && value.contains("glibc.malloc."))) {
            evidence.add("The environment has %s=%s.".formatted(name, value));
          }
        });
    if (evidence.isEmpty() || view.replacement().isEmpty()) {
      return List.of();
    }
    Part heap = view.replacement().get();
    evidence.add("The process's malloc is that of %s.".formatted(heap.name()));
    return List.of(HazardKind.SETTINGS_WITHOUT_EFFECT.at(heap, Severity.WARNING, evidence));
  }
}
