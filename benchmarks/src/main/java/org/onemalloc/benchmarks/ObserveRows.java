package org.onemalloc.benchmarks;

import static org.onemalloc.benchmarks.Row.peer;

import java.util.List;
import org.onemalloc.benchmarks.Measure.Jmh;

/**
 * The cost of accounts, limits and observation: the rows of docs/observe.md. The peer is the plain
 * heap.
 */
final class ObserveRows {
  private static final String[] RECORDED = {
    "-Donemalloc.observe=on", "-XX:StartFlightRecording", "-Xlog:jfr*=off"
  };

  private ObserveRows() {}

  static void add(List<Row> rows) {
    Jmh plain = Jmh.of("Pair.heap", Guard.OPERATIONS);
    Jmh window =
        Jmh.of("Window.heap", Guard.OPERATIONS).with("kind", Sizes.UNIFORM).with("slots", 1024);
    rows.add(row("tagged", "under a tag", Jmh.of("Tagged.free", Guard.OPERATIONS), 0, plain));
    rows.add(
        row(
            "limited",
            "under a tag with a limit",
            Jmh.of("Tagged.limited", Guard.OPERATIONS),
            0,
            plain));
    rows.add(row("accounting", "accounting on", plain.jvm("-Donemalloc.accounting=on"), 0, plain));
    rows.add(row("jfr", "Flight Recorder on", plain.jvm(RECORDED), 1.01, plain));
    rows.add(
        Row.of(
            "observe-jfr-window",
            "random window of 1024, 16-527 B: Flight Recorder on",
            window.jvm(RECORDED),
            peer("plain heap", 1.01, window)));
  }

  private static Row row(String name, String what, Jmh jmh, double goal, Jmh plain) {
    return Row.of("observe-" + name, "pair of 64 B: " + what, jmh, peer("plain heap", goal, plain));
  }
}
