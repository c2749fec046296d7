package org.onemalloc.compare.report;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.TuneResult.Limit;
import org.onemalloc.compare.tune.Verdict;
import org.onemalloc.text.Style;
import org.onemalloc.text.Text;

/** The result of a tuning for a terminal of 100 columns. */
final class TuneTable {
  private static final int NUMBER = 8;
  private static final int CELL = 9;
  private static final int FRESH_CELL = 26;
  private static final int MOST_COLUMNS = 3;
  private static final int LONGEST_NAME = 20;

  private final TuneResult result;
  private final Optional<Path> profile;
  private final Style style;
  private final int nameWidth;
  private final Sheet sheet;

  TuneTable(TuneResult result, Optional<Path> profile, Style style) {
    this.result = result;
    this.profile = profile;
    this.style = style;
    this.sheet = new Sheet(style);
    this.nameWidth =
        result.entries().stream().mapToInt(entry -> name(entry).length()).max().orElse(0) + 2;
  }

  @Override
  public String toString() {
    sheet.bold(Text.escaped(Shell.line(result.request().measured().command())));
    sheet.line(TuneWords.asked(result));
    sheet.line(style.dim(TuneWords.measured(result) + "; " + Words.machine(result.machine())));
    race();
    fresh();
    result.notes().forEach(note -> sheet.hanging("  note  ", note));
    sheet.line("");
    sheet.bold(Text.harmless(Verdict.of(result).text()));
    sheet.advice(TuneAdvice.of(result, profile));
    return sheet.toString();
  }

  /** Returns the goal, the figures with a limit, and CPU time. */
  private List<Figure> columns() {
    Set<Figure> columns = new LinkedHashSet<>(List.of(result.goal()));
    result.limits().stream().map(Limit::figure).forEach(columns::add);
    columns.add(Figure.CPU);
    return columns.stream().limit(MOST_COLUMNS).toList();
  }

  private void race() {
    sheet.line("");
    StringBuilder head = new StringBuilder("  " + Text.padRight("the race", nameWidth) + " runs");
    for (Figure figure : columns()) {
      head.append(Text.padLeft(Text.fitted(figure.column(), NUMBER), CELL));
    }
    sheet.line(style.bold(head + "  where it ended"));
    for (Entry entry : result.entries()) {
      StringBuilder row = new StringBuilder(TuneWords.mark(entry));
      row.append(' ').append(Text.padRight(name(entry), nameWidth));
      row.append(Text.padLeft(Integer.toString(entry.race().size()), 5));
      for (Figure figure : columns()) {
        row.append(Text.padLeft(tendency(entry, figure), CELL));
      }
      row.append("  ");
      sheet.hanging(row.toString(), TuneWords.ended(result, entry));
      sheet.line(style.dim(" ".repeat(4) + Text.harmless(entry.candidate().settings())));
    }
    sheet.line("");
    sheet.dim(
        "Changes against %s in the rounds that each has run. These runs were used to choose, so the best of them look better than they are."
            .formatted(result.baseline().candidate().name()));
  }

  private String tendency(Entry entry, Figure figure) {
    Bounds ratio = entry.raceRatios().get(figure);
    return ratio == null || entry.equals(result.baseline())
        ? ""
        : Percent.change(ratio.estimate()) + "%";
  }

  private void fresh() {
    List<Entry> finalists = TuneWords.finalists(result);
    if (finalists.isEmpty()) {
      return;
    }
    sheet.line("");
    StringBuilder head = new StringBuilder("  " + Text.padRight("fresh runs", nameWidth));
    for (Figure figure : columns()) {
      String title = (figure.column() + " " + figure.unit()).strip();
      head.append(Text.padRight(Text.padLeft(Text.fitted(title, NUMBER), NUMBER), FRESH_CELL));
    }
    sheet.line(style.bold(head.toString()));
    for (Entry entry : finalists) {
      boolean chosen = result.winner().filter(entry::equals).isPresent();
      StringBuilder row = new StringBuilder((chosen ? "→" : " ") + " ");
      row.append(Text.padRight(name(entry), nameWidth));
      for (Figure figure : columns()) {
        row.append(Text.padRight(value(entry, figure), FRESH_CELL));
      }
      sheet.line(chosen ? style.bold(row.toString().stripTrailing()) : row.toString());
    }
    sheet.line("");
    sheet.dim(
        "Medians of fresh runs, and the changes against %s with their 95 %% intervals. They were not used to choose. MB = 2^20 bytes."
            .formatted(result.baseline().candidate().name()));
  }

  private String value(Entry entry, Figure figure) {
    String median =
        TuneWords.median(entry.fresh(), figure).stream()
            .mapToObj(value -> Units.text(figure, value))
            .findFirst()
            .orElse("–");
    Bounds ratio = entry.equals(result.baseline()) ? null : entry.freshRatios().get(figure);
    String change =
        ratio == null
            ? ""
            : " %s%% %s…%s"
                .formatted(
                    Percent.change(ratio.estimate()),
                    Percent.change(ratio.low()),
                    Percent.change(ratio.high()));
    return Text.padLeft(median, NUMBER) + change;
  }

  private static String name(Entry entry) {
    return Text.fitted(Text.escaped(entry.candidate().name()), LONGEST_NAME);
  }
}
