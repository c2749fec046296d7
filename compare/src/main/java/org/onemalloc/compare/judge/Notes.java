package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
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

  private static final int MOST_NAMES = 3;

  private static final double NANOS_PER_MINUTE = 6e10;

  private Notes() {}

  static List<String> of(Comparison comparison, List<VariantJudgement> variants) {
    List<String> notes = new ArrayList<>();
    ownScatter(variants).ifPresent(notes::add);
    idleRuns(comparison, notes);
    unread(comparison).ifPresent(notes::add);
    growth(variants).ifPresent(notes::add);
    return notes;
  }

  /** Returns one note on whether memory still grew under load. */
  private static Optional<String> growth(List<VariantJudgement> variants) {
    List<String> parts = new ArrayList<>();
    long shortest = Long.MAX_VALUE;
    for (VariantJudgement variant : variants) {
      Optional<Growth> growth = Growth.of(variant.counted());
      if (growth.isPresent()) {
        parts.add(variant.variant().name() + ": " + growth.get().text());
        shortest = Math.min(shortest, growth.get().observedNanos());
      }
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Resident memory in the last three quarters of the load, %d min, with 95 %% intervals. %s."
                .formatted(Math.round(shortest / NANOS_PER_MINUTE), String.join("; ", parts)));
  }

  /** Returns one note for all programs that ended before their environment could be read. */
  private static Optional<String> unread(Comparison comparison) {
    Set<String> programs = new TreeSet<>();
    Set<String> variants = new LinkedHashSet<>();
    for (Run run : comparison.runs()) {
      if (run.counts() && !run.proof().unread().isEmpty()) {
        programs.addAll(run.proof().unread());
        variants.add(run.variant());
      }
    }
    List<String> names = List.copyOf(programs);
    String named =
        names.size() <= MOST_NAMES + 1
            ? String.join(", ", names)
            : "%s and %d others"
                .formatted(
                    String.join(", ", names.subList(0, MOST_NAMES)), names.size() - MOST_NAMES);
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s ended before the environment could be read (%s): that the command adds no setting of the allocator there was not seen."
                .formatted(named, String.join(", ", variants)));
  }

  /**
   * Returns one note for all figures that are judged by the runs of their variant alone. Variants
   * with the same figures are named together.
   */
  private static Optional<String> ownScatter(List<VariantJudgement> variants) {
    Map<String, List<String>> byFigures = new LinkedHashMap<>();
    for (VariantJudgement variant : variants) {
      String own =
          variant.figures().entrySet().stream()
              .filter(entry -> entry.getKey().judged())
              .filter(entry -> entry.getValue().ratio().filter(r -> !r.pooled()).isPresent())
              .map(entry -> entry.getKey().label())
              .collect(Collectors.joining(", "));
      if (!own.isEmpty()) {
        byFigures.computeIfAbsent(own, any -> new ArrayList<>()).add(variant.variant().name());
      }
    }
    List<String> parts = new ArrayList<>();
    byFigures.forEach(
        (figures, names) -> parts.add("%s (%s)".formatted(String.join(", ", names), figures)));
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "The scatter of all variants together does not fit these, which are judged by their own"
                + " runs: "
                + String.join("; ", parts)
                + ".");
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
