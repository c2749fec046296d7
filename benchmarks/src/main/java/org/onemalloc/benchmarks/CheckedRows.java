package org.onemalloc.benchmarks;

import static org.onemalloc.benchmarks.Row.peer;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.benchmarks.Measure.Program;

/** What checked mode costs: the rows of docs/checked.md. */
final class CheckedRows {
  /** The highest acceptable ratio of mode {@code sampled} to {@code off}. */
  private static final double GOAL = 1.05;

  private CheckedRows() {}

  static void add(List<Row> rows) {
    rows.add(row("pair", "pair of 64 B"));
    rows.add(row("window", "random window of 1024, 16-527 B"));
    rows.add(row("arena", "arena of 32 segments of 16-109 B"));
    rows.add(row("service", "request: a block of 200-2000 B, its sum, an answer in an arena"));
  }

  private static Row row(String work, String text) {
    return Row.of(
        "checked-" + work,
        text + ", mean, mode sampled",
        cost(work, "sampled"),
        peer("off", GOAL, cost(work, "off")),
        peer("sampled, reach=all", 0, cost(work, "sampled", "-Donemalloc.checked.reach=all")),
        peer("full", 0, cost(work, "full")));
  }

  private static Program cost(String work, String mode, String... more) {
    List<String> options = new ArrayList<>(List.of(more));
    options.add("-Donemalloc.checked=" + mode);
    return Program.of(CheckedCost.class, work).jvm(options.toArray(String[]::new));
  }
}
