package org.onemalloc.benchmarks.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The table of the suite: two lines for each workload and number of threads, then the geometric
 * means of the ratios.
 */
final class SuiteTable {
  /**
   * A difference of the memory of two JVMs below this many MB says nothing: their own is not the
   * same twice. Less counts as this much in a ratio.
   */
  static final double NOISE = 4;

  /**
   * The figures on one allocator.
   *
   * @param ours the heap's
   * @param c those of the program in C
   */
  record Pair(double ours, double c) {
    double ratio() {
      return ours / c;
    }

    /** Returns these figures as a ratio takes them, if they are memory. */
    Pair atLeast(double least) {
      return new Pair(Math.max(ours, least), Math.max(c, least));
    }
  }

  /**
   * A workload with a number of threads.
   *
   * @param millis times in ms, for each allocator
   * @param megabytes peaks of the memory in MB less that of a process that does nothing
   */
  record Row(String name, int lanes, List<Pair> millis, List<Pair> megabytes) {}

  private final List<String> allocators;
  private final List<Row> rows = new ArrayList<>();

  SuiteTable(List<String> allocators) {
    this.allocators = allocators;
  }

  /** Returns the two lines of the head. */
  String head() {
    StringBuilder names = new StringBuilder(label("", "", ""));
    StringBuilder columns = new StringBuilder(label("workload", "threads", ""));
    for (String allocator : allocators) {
      names.append(text("  %22s", allocator));
      columns.append(text("  %8s%8s%6s", "ours", "C", "ratio"));
    }
    return names + "\n" + columns + "\n";
  }

  /** Returns the line of the processes that do nothing, which is not part of the means. */
  static String floor(int lanes, List<Pair> megabytes) {
    StringBuilder text = new StringBuilder(label("(none)", String.valueOf(lanes), "MB"));
    megabytes.forEach(pair -> text.append(cells(pair, "")));
    return text.append("\n").toString();
  }

  /** Notes a row, and returns its two lines. */
  String add(Row row) {
    rows.add(row);
    StringBuilder text = new StringBuilder(label(row.name, String.valueOf(row.lanes), "ms"));
    row.millis.forEach(pair -> text.append(cells(pair, text("%.2f", pair.ratio()))));
    text.append("\n").append(label("", "", "MB"));
    for (Pair pair : row.megabytes) {
      text.append(cells(pair, counts(pair) ? text("%.2f", pair.atLeast(NOISE).ratio()) : "~"));
    }
    return text.append("\n").toString();
  }

  /** Returns the means, and how many ratios are above 1, of all rows so far. */
  String summary() {
    StringBuilder text = new StringBuilder();
    for (int lanes : rows.stream().mapToInt(Row::lanes).distinct().sorted().toArray()) {
      summary(text, String.valueOf(lanes), rows.stream().filter(r -> r.lanes == lanes).toList());
    }
    return text.toString();
  }

  private void summary(StringBuilder text, String lanes, List<Row> some) {
    for (boolean time : new boolean[] {true, false}) {
      List<List<Double>> ratios = new ArrayList<>();
      for (int i = 0; i < allocators.size(); i++) {
        int column = i;
        Stream<Pair> pairs =
            time
                ? some.stream().map(row -> row.millis.get(column))
                : some.stream()
                    .map(row -> row.megabytes.get(column))
                    .filter(SuiteTable::counts)
                    .map(pair -> pair.atLeast(NOISE));
        ratios.add(pairs.map(Pair::ratio).toList());
      }
      text.append(label("geometric mean", lanes, time ? "ms" : "MB"));
      ratios.forEach(all -> text.append(text("  %22s", mean(all))));
      text.append("\n").append(label("more than C", lanes, time ? "ms" : "MB"));
      ratios.forEach(all -> text.append(text("  %22s", lost(all))));
      text.append("\n");
    }
  }

  private static boolean counts(Pair pair) {
    return Math.max(pair.ours, pair.c) >= NOISE;
  }

  private static String mean(List<Double> ratios) {
    if (ratios.isEmpty()) {
      return "~";
    }
    double logarithms = ratios.stream().mapToDouble(Math::log).average().orElseThrow();
    return text("%.2f", Math.exp(logarithms));
  }

  private static String lost(List<Double> ratios) {
    return text("%d of %d", ratios.stream().filter(ratio -> ratio > 1).count(), ratios.size());
  }

  private static String cells(Pair pair, String ratio) {
    return text("  %8.1f%8.1f%6s", pair.ours, pair.c, ratio);
  }

  private static String label(String name, String lanes, String unit) {
    return text("%-14s %7s %2s", name, lanes, unit);
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
