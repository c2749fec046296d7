package org.onemalloc.compare.report;

import java.util.List;
import java.util.stream.DoubleStream;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Difference;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.judge.Ratio;
import org.onemalloc.compare.judge.Summary;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Html;
import org.onemalloc.text.Text;

/**
 * One figure of every variant as SVG: a dot for each run, a tick at the median, a band for the 95 %
 * interval (the ratio's interval times the baseline's median), a dashed line at the baseline's
 * median. The axis need not start at zero, but spans at least a tenth around the baseline, so that
 * noise does not look like a difference.
 */
final class DotChart {
  private static final double ROW = 24;
  private static final double TOP = 6;
  private static final double WIDTH = 400;
  private static final double LEFT = 112;
  private static final double RIGHT = 104;
  private static final double LEAST_MARGIN = 0.1;

  private final Judgement judgement;
  private final Figure figure;
  private final Box box;
  private final Scale x;

  DotChart(Judgement judgement, Figure figure) {
    this.judgement = judgement;
    this.figure = figure;
    double height = TOP + ROW * judgement.variants().size() + 22;
    this.box = new Box(WIDTH, height, TOP, RIGHT, 22, LEFT);
    double[] values =
        judgement.variants().stream()
            .flatMap(variant -> variant.counted().stream())
            .flatMapToDouble(run -> figure.of(run).stream())
            .toArray();
    double middle = baseline();
    double low = Math.min(DoubleStream.of(values).min().orElse(0), middle * (1 - LEAST_MARGIN));
    double high = Math.max(DoubleStream.of(values).max().orElse(1), middle * (1 + LEAST_MARGIN));
    double margin = (high - low) * 0.06;
    this.x =
        new Scale(
            Units.scaled(figure, Math.max(0, low - margin)),
            Units.scaled(figure, high + margin),
            LEFT,
            box.plotRight());
  }

  private double baseline() {
    Summary summary = judgement.baseline().figures().get(figure);
    return summary == null ? 0 : summary.median();
  }

  String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        box.open(
            "dots-" + judgement.measured().indexOf(figure),
            "dots",
            figure.label() + " of every run, by variant",
            ""));
    axis(svg);
    List<VariantJudgement> variants = judgement.variants();
    for (int i = 0; i < variants.size(); i++) {
      row(variants.get(i), i, TOP + ROW * (i + 0.5), svg);
    }
    return svg.append("</svg>\n").toString();
  }

  private void axis(StringBuilder svg) {
    svg.append("<g class=\"axis\" aria-hidden=\"true\">");
    for (double tick : x.ticks(4)) {
      svg.append(
          String.format(
              "<line x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\"/><text class=\"x\" x=\"%1$s\""
                  + " y=\"%4$s\">%5$s</text>",
              x.text(tick),
              Scale.pixel(TOP),
              Scale.pixel(box.plotBottom()),
              Scale.pixel(box.plotBottom() + 15),
              Units.tick(figure, tick)));
    }
    if (baseline() > 0) {
      svg.append(
          String.format(
              "<line class=\"base\" x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\"/>",
              at(baseline()), Scale.pixel(TOP), Scale.pixel(box.plotBottom())));
    }
    svg.append("</g>\n");
  }

  private void row(VariantJudgement variant, int index, double y, StringBuilder svg) {
    String name = Html.escape(Text.fitted(variant.variant().name(), 16));
    svg.append(String.format("<g class=\"row %s\">", Palette.of(index)));
    svg.append(
        String.format(
            "<text class=\"name\" x=\"%s\" y=\"%s\">%s</text>",
            Scale.pixel(LEFT - 8), Scale.pixel(y + 4), name));
    Summary summary = variant.figures().get(figure);
    if (summary == null) {
      String why = variant.figures().isEmpty() ? Words.proof(variant) : "not measured";
      svg.append(text("none", box.plotRight() + 8, y, Html.escape(why)));
    } else {
      summary.ratio().ifPresent(ratio -> band(ratio, y, svg));
      variant.counted().forEach(run -> dot(run, y, svg));
      svg.append(
          String.format(
              "<line class=\"middle\" x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\"/>",
              at(summary.median()), Scale.pixel(y - 8), Scale.pixel(y + 8)));
      svg.append(text("value", WIDTH - 50, y, Units.text(figure, summary.median())));
      svg.append(text("change " + look(figure, summary), WIDTH - 4, y, change(summary)));
    }
    svg.append("</g>\n");
  }

  /** Draws an interval; one wider than the plot ends at its edge. */
  private void band(Ratio ratio, double y, StringBuilder svg) {
    double from = Math.max(LEFT, x.at(Units.scaled(figure, baseline() * ratio.low())));
    double to = Math.min(box.plotRight(), x.at(Units.scaled(figure, baseline() * ratio.high())));
    if (to > from) {
      svg.append(
          String.format(
              "<rect class=\"band\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"12\" rx=\"3\">"
                  + "<title>95 %% interval: %s</title></rect>",
              Scale.pixel(from),
              Scale.pixel(y - 6),
              Scale.pixel(Math.max(1, to - from)),
              Percent.interval(ratio)));
    }
  }

  /**
   * Draws a dot; rounds are offset slightly, the first on top, so that equal dots can be
   * distinguished.
   */
  private void dot(Run run, double y, StringBuilder svg) {
    figure
        .of(run)
        .ifPresent(
            value ->
                svg.append(
                    String.format(
                        "<circle cx=\"%s\" cy=\"%s\" r=\"3\" data-round=\"%d\"><title>round %d:"
                            + " %s</title></circle>",
                        at(value),
                        Scale.pixel(y + (run.round() - 1) % 5 * 2 - 4),
                        run.round(),
                        run.round(),
                        Html.escape(Units.withUnit(figure, value)))));
  }

  private String at(double value) {
    return x.text(Units.scaled(figure, value));
  }

  private static String text(String look, double x, double y, String text) {
    return String.format(
        "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>",
        look, Scale.pixel(x), Scale.pixel(y + 4), text);
  }

  static String look(Figure figure, Summary summary) {
    return figure.isBetter(summary.difference())
        ? "better"
        : figure.isWorse(summary.difference()) ? "worse" : "same";
  }

  static String change(Summary summary) {
    if (summary.ratio().isEmpty()) {
      return "";
    }
    return summary.difference() == Difference.NONE
        ? "≈"
        : Percent.change(summary.ratio().get().estimate()) + " %";
  }
}
