package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.onemalloc.compare.Run;

/** The reasons why runs do not count or are not fully seen, one sentence each. */
final class Problems {
  private static final int MOST_FINDINGS = 2;
  private static final Pattern PID = Pattern.compile("\\(pid \\d+\\)");

  private Problems() {}

  /** Returns a sentence for all runs with the same reason, with the process ids of the first. */
  static List<String> of(List<Run> runs) {
    Map<String, List<String>> alike = new LinkedHashMap<>();
    for (Run run : runs) {
      if (!run.counts() || !run.proof().proven()) {
        String reason = reason(run);
        alike.computeIfAbsent(withoutPids(reason), _ -> new ArrayList<>()).add(reason);
      }
    }
    return alike.values().stream()
        .map(
            reasons ->
                "%d of %s %s"
                    .formatted(reasons.size(), Verdicts.runs(runs.size()), reasons.getFirst()))
        .toList();
  }

  private static String withoutPids(String sentence) {
    return PID.matcher(sentence).replaceAll("");
  }

  /**
   * Returns the first findings, those of live processes first, and of those that differ by process
   * ids alone the first one; the JSON has all.
   */
  private static String shortened(List<String> findings) {
    Map<String, String> distinct = new LinkedHashMap<>();
    findings.forEach(finding -> distinct.putIfAbsent(withoutPids(finding), finding));
    List<String> kept = List.copyOf(distinct.values());
    if (kept.size() > MOST_FINDINGS + 1) {
      kept = kept.subList(0, MOST_FINDINGS);
    }
    int more = findings.size() - kept.size();
    String text = String.join(" ", kept);
    return switch (more) {
      case 0 -> text;
      case 1 -> text + " (and another finding of this kind)";
      default -> "%s (and %d more findings of this kind)".formatted(text, more);
    };
  }

  private static String reason(Run run) {
    if (run.counts()) {
      return "not fully seen: " + shortened(run.proof().unseen());
    }
    if (run.outcome().ok()) {
      return "not proven: " + shortened(run.proof().failures());
    }
    String message = run.outcome().message().strip();
    if (run.outcome().judged()) {
      return "failed: " + message;
    }
    return "failed with exit code "
        + run.outcome().exitCode()
        + (message.isEmpty() ? "" : ":\n" + message);
  }
}
