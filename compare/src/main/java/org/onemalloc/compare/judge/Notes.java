package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Run;

/** Remarks that a reader needs in order to trust a judgement. */
final class Notes {
  /**
   * The share of the usual CPU time below which a run is assumed to have done other work: no
   * allocator makes a whole program four times as fast.
   */
  private static final double IDLE_SHARE = 0.25;

  /** CPU time below this is the mere start of a program. */
  private static final long SMALL_NANOS = 50_000_000;

  private Notes() {}

  static List<String> of(Comparison comparison, List<VariantJudgement> variants) {
    List<String> notes = new ArrayList<>();
    for (VariantJudgement variant : variants) {
      List<String> own =
          variant.figures().entrySet().stream()
              .filter(entry -> entry.getKey().judged())
              .filter(entry -> entry.getValue().ratio().filter(r -> !r.pooled()).isPresent())
              .map(entry -> entry.getKey().label())
              .toList();
      if (!own.isEmpty()) {
        notes.add(
            "%s is judged by its own runs in %s: the scatter of all variants together does not fit."
                .formatted(variant.variant().name(), String.join(", ", own)));
      }
    }
    idleRuns(comparison, notes);
    return notes;
  }

  /**
   * Notes runs that used little CPU time: a server that did not start, a job that failed with exit
   * code 0.
   */
  private static void idleRuns(Comparison comparison, List<String> notes) {
    long[] cpu =
        comparison.runs().stream()
            .filter(Run::counts)
            .mapToLong(run -> run.usage().cpuNanos())
            .sorted()
            .toArray();
    if (cpu.length < 2) {
      return;
    }
    long usual = Arrays.stream(cpu).skip(cpu.length / 2).findFirst().orElseThrow();
    for (Run run : comparison.runs()) {
      long used = run.usage().cpuNanos();
      if (run.counts() && usual > SMALL_NANOS && used < IDLE_SHARE * usual) {
        notes.add(
            "%s used %.2f s of CPU time in round %d, where the usual run used %.2f s: check that it did its work."
                .formatted(run.variant(), used / 1e9, run.round(), usual / 1e9));
      }
    }
  }
}
