package org.onemalloc.profile;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.onemalloc.text.Text;

/** Writes a difference as text: tables of the parts, followed by sentences. */
final class DifferenceTable {
  /** The number of rows that fit a terminal. */
  private static final int ROWS = 15;

  private static final double MEBI = 1 << 20;

  private DifferenceTable() {}

  static String of(Difference difference) {
    StringBuilder text = new StringBuilder();
    rows(text, difference, false);
    if (difference.perSecond()) {
      text.append('\n');
      rows(text, difference, true);
    }
    if (difference.changes().size() > ROWS) {
      int rest = difference.changes().size() - ROWS;
      line(text, "%d parts with smaller differences are on the page.".formatted(rest));
    }
    text.append('\n');
    line(text, sentence(difference));
    line(text, lengths(difference));
    line(text, ProfileTable.sampling(difference.before().every(), difference.after().every()));
    return text.toString();
  }

  private static void rows(StringBuilder text, Difference difference, boolean rate) {
    List<Difference.Change> shown = difference.changes().stream().limit(ROWS).toList();
    int width = shown.stream().mapToInt(c -> Text.length(Text.escaped(c.name()))).max().orElse(0);
    String row = "%-" + Math.max("PART".length(), width) + "s";
    String unit = rate ? "MB/s" : "MB";
    line(
        text,
        row.formatted("") + "  %-43s  %s".formatted("ALLOCATED " + unit, "NOT FREED " + unit));
    String heads = "  %10s  %10s  %10s  %7s".formatted("before", "after", "difference", "factor");
    line(text, row.formatted("PART") + heads + heads);
    for (Difference.Change change : shown) {
      line(
          text,
          row.formatted(Text.escaped(change.name()))
              + numbers(difference, change, rate, Part::allocated)
              + numbers(difference, change, rate, Part::live));
    }
  }

  private static String numbers(
      Difference difference, Difference.Change change, boolean rate, ToLongFunction<Part> bytes) {
    double before = bytes.applyAsLong(change.before()) / MEBI;
    double after = bytes.applyAsLong(change.after()) / MEBI;
    if (rate) {
      before /= difference.divisor(difference.before());
      after /= difference.divisor(difference.after());
    }
    return String.format(
        Locale.ROOT,
        "  %10.2f  %10.2f  %+10.2f  %7s",
        before,
        after,
        after - before,
        factor(before, after));
  }

  /** Returns how many times as much it is; a dash where there was nothing. */
  static String factor(double before, double after) {
    return before == 0 ? "-" : String.format(Locale.ROOT, "%.2f", after / before);
  }

  private static void line(StringBuilder text, String line) {
    text.append(Text.escaped(line.stripTrailing())).append('\n');
  }

  /** Returns the main result: which part grew most, in what it allocated and in what it holds. */
  static String sentence(Difference difference) {
    String unit = difference.perSecond() ? " per second" : "";
    String allocated =
        difference.changes().stream()
            .max(Comparator.comparingDouble(difference::growth))
            .filter(change -> difference.growth(change) > 0)
            .map(
                change ->
                    "%s allocates %s%s more, which is the largest growth"
                        .formatted(change.name(), bytes(difference.growth(change)), unit))
            .orElse("No part allocates more");
    String held =
        difference.changes().stream()
            .max(Comparator.comparingDouble(difference::liveGrowth))
            .filter(change -> difference.liveGrowth(change) > 0)
            .map(
                change ->
                    "; of what is not freed, %s grew most, by %s%s."
                        .formatted(change.name(), bytes(difference.liveGrowth(change)), unit))
            .orElse("; no part holds more.");
    return allocated + held;
  }

  /** Returns how long the recordings are, and what is compared therefore. */
  static String lengths(Difference difference) {
    String both =
        String.format(
            Locale.ROOT,
            "The recordings are %.1f s and %.1f s long",
            difference.before().nanos() / 1e9,
            difference.after().nanos() / 1e9);
    return difference.perSecond()
        ? both + ": parts are ordered, and frames coloured, by bytes per second."
        : both + ": bytes are compared as they are.";
  }

  static String bytes(double bytes) {
    return ProfileTable.bytes(Math.round(bytes));
  }
}
