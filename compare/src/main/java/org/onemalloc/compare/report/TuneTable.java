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
  private static final int WIDTH = 100;
  private static final int NUMBER = 8;
  private static final int CELL = 9;
  private static final int FRESH_CELL = 26;
  private static final int MOST_COLUMNS = 3;
  private static final int LONGEST_NAME = 20;

  private final TuneResult result;
  private final Optional<Path> profile;
  private final Style style;
  private final int nameWidth;
  private final StringBuilder out = new StringBuilder();

  TuneTable(TuneResult result, Optional<Path> profile, Style style) {
    this.result = result;
    this.profile = profile;
    this.style = style;
    this.nameWidth =
        result.entries().stream().mapToInt(entry -> name(entry).length()).max().orElse(0) + 2;
  }

  @Override
  public String toString() {
    Text.wrap(Text.escaped(Shell.line(result.request().measured().command())), WIDTH)
        .forEach(text -> line(style.bold(text)));
    line(TuneWords.asked(result));
    line(style.dim(TuneWords.measured(result) + "; " + Words.machine(result.machine())));
    race();
    fresh();
    result.notes().forEach(note -> wrapped("  note  ", note));
    line("");
    Text.wrap(Text.harmless(Verdict.of(result).text()), WIDTH)
        .forEach(text -> line(style.bold(text)));
    advice();
    return out.toString();
  }

  /** Returns the goal, the figures with a limit, and CPU time. */
  private List<Figure> columns() {
    Set<Figure> columns = new LinkedHashSet<>(List.of(result.goal()));
    result.limits().stream().map(Limit::figure).forEach(columns::add);
    columns.add(Figure.CPU);
    return columns.stream().limit(MOST_COLUMNS).toList();
  }

  private void race() {
    line("");
    StringBuilder head = new StringBuilder("  " + Text.padRight("the race", nameWidth) + " runs");
    for (Figure figure : columns()) {
      head.append(Text.padLeft(Text.fitted(figure.column(), NUMBER), CELL));
    }
    line(style.bold(head + "  where it ended"));
    for (Entry entry : result.entries()) {
      StringBuilder row = new StringBuilder(TuneWords.mark(entry));
      row.append(' ').append(Text.padRight(name(entry), nameWidth));
      row.append(Text.padLeft(Integer.toString(entry.race().size()), 5));
      for (Figure figure : columns()) {
        row.append(Text.padLeft(tendency(entry, figure), CELL));
      }
      row.append("  ");
      wrapped(row.toString(), TuneWords.ended(result, entry));
      line(style.dim(" ".repeat(4) + Text.harmless(entry.candidate().settings())));
    }
    line("");
    for (String part :
        Text.wrap(
            "Changes against %s in the rounds that each has run. These runs were used to choose, so the best of them look better than they are."
                .formatted(result.baseline().candidate().name()),
            WIDTH)) {
      line(style.dim(part));
    }
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
    line("");
    StringBuilder head = new StringBuilder("  " + Text.padRight("fresh runs", nameWidth));
    for (Figure figure : columns()) {
      String title = (figure.column() + " " + figure.unit()).strip();
      head.append(Text.padRight(Text.padLeft(Text.fitted(title, NUMBER), NUMBER), FRESH_CELL));
    }
    line(style.bold(head.toString()));
    for (Entry entry : finalists) {
      boolean chosen = result.winner().filter(entry::equals).isPresent();
      StringBuilder row = new StringBuilder((chosen ? "→" : " ") + " ");
      row.append(Text.padRight(name(entry), nameWidth));
      for (Figure figure : columns()) {
        row.append(Text.padRight(value(entry, figure), FRESH_CELL));
      }
      line(chosen ? style.bold(row.toString().stripTrailing()) : row.toString());
    }
    line("");
    for (String part :
        Text.wrap(
            "Medians of fresh runs, and the changes against %s with their 95 %% intervals. They were not used to choose. MB = 2^20 bytes."
                .formatted(result.baseline().candidate().name()),
            WIDTH)) {
      line(style.dim(part));
    }
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

  private void advice() {
    List<Advice> steps = TuneAdvice.of(result, profile);
    if (!steps.isEmpty()) {
      line("");
      line(style.bold("What to do now"));
    }
    for (Advice step : steps) {
      line("  " + step.title() + ":");
      line("    " + Text.harmless(step.text()));
    }
  }

  private void wrapped(String head, String text) {
    String lead = head;
    int indent = Text.length(head);
    for (String part : Text.wrap(Text.harmless(text), Math.max(30, WIDTH - indent))) {
      line(lead + part);
      lead = " ".repeat(indent);
    }
  }

  private static String name(Entry entry) {
    return Text.fitted(Text.escaped(entry.candidate().name()), LONGEST_NAME);
  }

  private void line(String text) {
    out.append(text.stripTrailing()).append('\n');
  }
}
