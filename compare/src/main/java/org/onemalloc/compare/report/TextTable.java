package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.judge.Difference;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.judge.Ratio;
import org.onemalloc.compare.judge.Summary;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Style;
import org.onemalloc.text.Text;

/**
 * The table for a terminal.
 *
 * <p>Each variant has two lines: the measured values (median, spread), and below them the change
 * with its interval, or ≈ and the interval if no difference was found. So each number in the second
 * line is a difference. Rejected: one line with everything, which does not fit 100 columns.
 */
final class TextTable {
  private static final int CELL = 16;
  private static final int NUMBER = 7;
  private static final int MOST_COLUMNS = 5;
  private static final int MOST_REPORTED = 2;
  private static final int LONGEST_NAME = 16;
  private static final int MOST_LINES_OF_A_MESSAGE = 6;

  private final Judgement judgement;
  private final Style style;
  private final List<Figure> columns;
  private final int nameWidth;
  private final Sheet sheet;

  TextTable(Judgement judgement, Style style) {
    this.judgement = judgement;
    this.style = style;
    this.sheet = new Sheet(style);
    this.columns = columns(judgement);
    this.nameWidth =
        judgement.variants().stream().mapToInt(v -> name(v).length()).max().orElse(0) + 2;
  }

  /**
   * Returns the judged figures that were measured. If they are too many, the least important ones
   * are left to the page: the mean over time, the rest of what the load generator reports, the wall
   * time, the end, and the peak that counts shared pages several times.
   */
  private static List<Figure> columns(Judgement judgement) {
    List<Figure> measured = new ArrayList<>(judgement.measured());
    measured.removeIf(figure -> !figure.judged());
    List<Figure> omitted = new ArrayList<>(List.of(Figure.MEAN));
    measured.stream()
        .filter(figure -> figure.group() == Figure.Group.LOAD)
        .skip(MOST_REPORTED)
        .forEach(omitted::add);
    omitted.addAll(List.of(Figure.WALL, Figure.END));
    if (measured.contains(Figure.PEAK_PSS)) {
      omitted.add(Figure.PEAK);
    }
    for (Figure figure : omitted) {
      if (measured.size() > MOST_COLUMNS) {
        measured.remove(figure);
      }
    }
    return measured;
  }

  @Override
  public String toString() {
    title();
    header();
    judgement.variants().forEach(this::rows);
    legend();
    verdicts();
    problems();
    undecided();
    sheet.line("");
    sheet.bold(Text.harmless(judgement.recommendation().text()));
    sheet.advice(Advice.of(judgement));
    return sheet.toString();
  }

  private void title() {
    Comparison comparison = judgement.comparison();
    sheet.bold(Text.escaped(Shell.line(comparison.command())));
    comparison.load().ifPresent(load -> sheet.wrapped("under " + Text.escaped(load)));
    sheet.line(style.dim(Words.rounds(judgement) + "; " + Words.machine(comparison.machine())));
    sheet.line("");
  }

  private void header() {
    if (columns.isEmpty()) {
      return;
    }
    StringBuilder names = new StringBuilder(" ".repeat(nameWidth + 2));
    for (Figure figure : columns) {
      String title = Text.escaped((figure.column() + " " + figure.unit()).strip());
      title = Text.fitted(title, CELL - 1);
      names.append(Text.padRight(Text.padLeft(title, NUMBER), CELL));
    }
    sheet.line(style.bold(names.toString()));
  }

  private void rows(VariantJudgement variant) {
    String name = Words.mark(variant.mark()) + " " + Text.padRight(name(variant), nameWidth);
    if (variant.figures().isEmpty()) {
      sheet.line(name + style.dim(Text.padLeft("", NUMBER - 5) + Words.noFigures(variant)));
      return;
    }
    StringBuilder values = new StringBuilder(name);
    StringBuilder changes = new StringBuilder(" ".repeat(nameWidth + 2));
    for (Figure figure : columns) {
      Summary summary = variant.figures().get(figure);
      values.append(summary == null ? " ".repeat(CELL) : value(figure, summary));
      changes.append(summary == null ? " ".repeat(CELL) : change(variant, figure, summary));
    }
    sheet.line(values.toString());
    if (!changes.toString().isBlank()) {
      sheet.line(changes.toString());
    }
  }

  private String value(Figure figure, Summary summary) {
    String number = Text.padLeft(Units.text(figure, summary.median()), NUMBER);
    String spread = summary.runs() < 2 ? "" : " ±" + Percent.size(summary.spread()) + "%";
    return number + style.dim(Text.padRight(spread, CELL - NUMBER));
  }

  private String change(VariantJudgement variant, Figure figure, Summary summary) {
    if (summary.ratio().isEmpty()) {
      return style.dim(Text.padRight(Text.padLeft(first(variant, figure, summary), NUMBER), CELL));
    }
    Ratio ratio = summary.ratio().get();
    boolean called =
        summary.difference() == Difference.LOWER || summary.difference() == Difference.HIGHER;
    String number = Text.padLeft(called ? Percent.change(ratio.estimate()) + "%" : "≈", NUMBER);
    String interval = " " + Percent.range(ratio);
    return painted(figure, summary.difference(), number)
        + style.dim(Text.padRight(interval, CELL - NUMBER));
  }

  /** Returns the change after a single run of each variant, which only shows a tendency. */
  private String first(VariantJudgement variant, Figure figure, Summary summary) {
    Summary baseline = judgement.baseline().figures().get(figure);
    boolean known =
        !variant.equals(judgement.baseline())
            && baseline != null
            && baseline.median() > 0
            && judgement.comparison().rounds() == 1;
    return known ? Percent.change(summary.median() / baseline.median()) + "%?" : "";
  }

  private String painted(Figure figure, Difference difference, String text) {
    return figure.isBetter(difference)
        ? style.better(text)
        : figure.isWorse(difference) ? style.worse(text) : style.dim(text);
  }

  private void legend() {
    sheet.line("");
    String baseline = name(judgement.baseline());
    String text =
        judgement.comparison().rounds() < 2
            ? "One run each; below it the change in % against "
                + baseline
                + ", of which one run says little. MB = 2^20 bytes."
            : "Median ± the farthest run; below it the change in % against "
                + baseline
                + " with its 95 % interval, ≈ where no difference was found. MB = 2^20 bytes.";
    sheet.dim(text);
  }

  private void verdicts() {
    sheet.line("");
    for (VariantJudgement variant : judgement.rivals()) {
      if (!variant.figures().isEmpty()) {
        sheet.hanging("  " + Text.padRight(name(variant), nameWidth), variant.verdict());
      }
    }
  }

  private void problems() {
    List<VariantJudgement> variants = judgement.variants();
    Map<String, List<VariantJudgement>> having = new LinkedHashMap<>();
    for (VariantJudgement variant : variants) {
      for (String problem : variant.problems()) {
        having.computeIfAbsent(problem, _ -> new ArrayList<>()).add(variant);
      }
    }
    having.forEach(
        (problem, some) -> {
          if (some.size() == variants.size() && some.size() > 1) {
            sheet.hanging("  " + Text.padRight("each", nameWidth), shortened(problem));
          } else {
            some.forEach(variant -> problem(variant, problem));
          }
        });
    judgement.comparison().notes().forEach(this::note);
    judgement.notes().forEach(this::note);
  }

  private void problem(VariantJudgement variant, String problem) {
    sheet.hanging(
        Words.mark(variant.mark()) + " " + Text.padRight(name(variant), nameWidth),
        shortened(problem));
  }

  private void note(String text) {
    sheet.hanging("  " + Text.padRight("note", nameWidth), text);
  }

  /** Prints what more rounds would decide, during the comparison and at its end. */
  private void undecided() {
    List<String> undecided = judgement.undecided();
    if (undecided.isEmpty() || judgement.rivals().isEmpty()) {
      return;
    }
    sheet.line("");
    sheet.hanging("Undecided: ", String.join(", ", undecided) + ".");
  }

  /**
   * Returns the end of a message, which says what went wrong; the whole message is in the page and
   * the JSON.
   */
  private static String shortened(String problem) {
    List<String> lines = new ArrayList<>(problem.lines().toList());
    if (lines.size() <= MOST_LINES_OF_A_MESSAGE) {
      return problem;
    }
    List<String> kept = new ArrayList<>(List.of(lines.getFirst(), "…"));
    kept.addAll(lines.subList(lines.size() - MOST_LINES_OF_A_MESSAGE + 2, lines.size()));
    return String.join("\n", kept);
  }

  private static String name(VariantJudgement variant) {
    return Text.fitted(Text.escaped(variant.variant().name()), LONGEST_NAME);
  }
}
