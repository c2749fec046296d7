package org.onemalloc.compare.report;

import java.util.List;
import java.util.stream.Collectors;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.judge.Difference;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.judge.Summary;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Text;

/** The judged figures as a table of Markdown, for an issue or a page of documentation. */
final class MarkdownTable {
  private final Judgement judgement;
  private final List<Figure> figures;

  MarkdownTable(Judgement judgement) {
    this.judgement = judgement;
    this.figures = judgement.measured().stream().filter(Figure::judged).toList();
  }

  String text() {
    Comparison comparison = judgement.comparison();
    StringBuilder text = new StringBuilder();
    text.append(code(Shell.line(comparison.command())));
    comparison.load().ifPresent(load -> text.append(" under ").append(code(load)));
    text.append("\n\n")
        .append(escaped(Words.rounds(judgement) + "; " + Words.machine(comparison.machine())))
        .append("\n\n");
    row(text, "", figures.stream().map(MarkdownTable::title).toList());
    row(text, "---", figures.stream().map(_ -> "---:").toList());
    for (VariantJudgement variant : judgement.variants()) {
      row(
          text,
          Words.mark(variant.mark()) + " " + escaped(variant.variant().name()),
          figures.stream().map(figure -> cell(figure, variant.figures().get(figure))).toList());
    }
    text.append('\n').append(escaped(judgement.recommendation().text())).append('\n');
    return text.toString();
  }

  private static void row(StringBuilder text, String first, List<String> cells) {
    text.append(cells.stream().collect(Collectors.joining(" | ", "| " + first + " | ", " |")))
        .append('\n');
  }

  private static String title(Figure figure) {
    return escaped((figure.column() + " " + figure.unit()).strip());
  }

  private static String cell(Figure figure, Summary summary) {
    if (summary == null) {
      return "";
    }
    String value = Units.text(figure, summary.median());
    return value
        + summary
            .ratio()
            .map(
                ratio ->
                    summary.difference() == Difference.NONE
                        ? " (≈ " + Percent.range(ratio) + ")"
                        : " (**" + Percent.change(ratio.estimate()) + " %**)")
            .orElse("");
  }

  private static String code(String text) {
    String safe = Text.escaped(text);
    return safe.contains("`") ? "`` " + safe + " ``" : "`" + safe + "`";
  }

  private static String escaped(String text) {
    return Text.harmless(text).replaceAll("([\\\\`*_{}\\[\\]<>|#])", "\\\\$1");
  }
}
