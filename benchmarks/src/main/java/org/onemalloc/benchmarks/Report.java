package org.onemalloc.benchmarks;

import java.util.Locale;

/** The table as text: one line per peer. */
final class Report {
  private Report() {}

  static void head() {
    System.out.printf(
        Locale.ROOT,
        "%-20s %9s  %-36s %9s %-19s %7s  %s%n",
        "row",
        "ours",
        "peer",
        "peer's",
        "[least..most]",
        "ratio",
        "goal");
  }

  static void print(Row.Result result) {
    Row row = result.row();
    Row.Figure ours = result.ours();
    System.out.printf(
        Locale.ROOT, "%n%s: %s, %s %s%n", row.name(), row.work(), row.unit(), spread(ours));
    for (int i = 0; i < row.peers().size(); i++) {
      Row.Peer peer = row.peers().get(i);
      Row.Figure figure = result.peers().get(i);
      double ratio = ours.median() / figure.median();
      System.out.printf(
          Locale.ROOT,
          "%-20s %9s  %-36s %9s %-19s %6.3fx  %s%n",
          row.name(),
          figure(ours.median()),
          peer.name(),
          figure(figure.median()),
          spread(figure),
          ratio,
          goal(peer.goal(), ratio));
    }
    System.out.flush();
  }

  static String goal(double goal, double ratio) {
    return goal == 0
        ? ""
        : String.format(Locale.ROOT, "<= %.3fx %s", goal, ratio <= goal ? "met" : "MISSED");
  }

  private static String spread(Row.Figure figure) {
    return "[" + figure(figure.min()) + ".." + figure(figure.max()) + "]";
  }

  static String figure(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
  }
}
