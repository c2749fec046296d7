package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.compare.Run;

/** The reasons why runs do not count or are not fully seen, one sentence each. */
final class Problems {
  private static final int MOST_FAILURES = 2;

  private Problems() {}

  static List<String> of(List<Run> runs) {
    Map<String, Integer> reasons = new LinkedHashMap<>();
    for (Run run : runs) {
      if (!run.counts()) {
        reasons.merge(reason(run), 1, Integer::sum);
      } else if (!run.proof().proven()) {
        String unseen = "not fully seen: " + String.join(" ", run.proof().unseen());
        reasons.merge(unseen, 1, Integer::sum);
      }
    }
    List<String> sentences = new ArrayList<>();
    reasons.forEach(
        (reason, count) ->
            sentences.add(count + " of " + Verdicts.runs(runs.size()) + " " + reason));
    return sentences;
  }

  /** Returns the first failures, which are those of live processes; the JSON has all. */
  private static String shortened(List<String> failures) {
    int more = failures.size() - MOST_FAILURES;
    return more <= 1
        ? String.join(" ", failures)
        : "%s (and %d more findings of this kind)"
            .formatted(String.join(" ", failures.subList(0, MOST_FAILURES)), more);
  }

  private static String reason(Run run) {
    if (run.outcome().ok()) {
      return "not proven: " + shortened(run.proof().failures());
    }
    String message = run.outcome().message().strip();
    return "failed with exit code "
        + run.outcome().exitCode()
        + (message.isEmpty() ? "" : ":\n" + message);
  }
}
