package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Html;
import org.onemalloc.text.Text;

/**
 * Memory over time as SVG: one overview with the median run of each variant, and one small chart
 * for each variant with all its runs. All have the same axes, from zero, so that they can be
 * compared. Rejected: one chart with every run, which is unreadable from seven variants on.
 */
final class TimeChart {
  private static final double LABEL_HEIGHT = 15;

  private final Judgement judgement;
  private final List<List<Line>> lines;
  private final double seconds;
  private final double mebibytes;

  TimeChart(Judgement judgement) {
    this.judgement = judgement;
    this.lines = judgement.variants().stream().map(Line::ofCounted).toList();
    this.seconds =
        lines.stream()
            .flatMap(List::stream)
            .mapToDouble(line -> line.last().seconds())
            .max()
            .orElse(0);
    this.mebibytes =
        lines.stream()
            .flatMap(List::stream)
            .flatMap(line -> line.points().stream())
            .mapToDouble(Line.Point::mebibytes)
            .max()
            .orElse(0);
  }

  boolean isEmpty() {
    return lines.stream().allMatch(List::isEmpty);
  }

  /** Returns the chart with the median run of each variant, named at its end. */
  String overview(String id, Box box) {
    Axes axes = axes(box);
    StringBuilder svg = new StringBuilder();
    svg.append(
        box.open(
            id, "overview", "Memory over time, the median run of each variant", axes.perPixel()));
    svg.append(axes.grid());
    Line.median(lines.getFirst()).ifPresent(line -> svg.append(phases(line.run(), axes)));
    List<Ending> endings = new ArrayList<>();
    for (int i = lines.size() - 1; i >= 0; i--) {
      int index = i;
      Line.median(lines.get(i))
          .ifPresent(
              line -> {
                svg.append(path(line, index, true, axes));
                endings.add(
                    new Ending(
                        index,
                        axes.x.at(line.last().seconds()),
                        axes.y.at(line.last().mebibytes())));
              });
    }
    labels(endings, box, svg);
    return svg.append("</svg>\n").toString();
  }

  /**
   * Returns the chart with all runs of one variant, its median run strong, the baseline's median
   * run behind it.
   */
  String small(int index, Box box) {
    Axes axes = axes(box);
    VariantJudgement variant = judgement.variants().get(index);
    String name = variant.variant().name();
    StringBuilder svg = new StringBuilder();
    svg.append(
        box.open(
            "time-" + index, "small", "Memory over time, every run of " + name, axes.perPixel()));
    svg.append(axes.grid());
    Optional<Line> median = Line.median(lines.get(index));
    if (median.isEmpty()) {
      svg.append(
          String.format(
              "<text class=\"none\" x=\"%s\" y=\"%s\">%s</text>%n",
              Scale.pixel((box.left() + box.plotRight()) / 2),
              Scale.pixel(box.height() / 2),
              Html.escape(Words.proof(variant))));
      return svg.append("</svg>\n").toString();
    }
    svg.append(phases(median.get().run(), axes));
    if (index > 0) {
      Line.median(lines.getFirst())
          .ifPresent(
              line ->
                  svg.append("<path class=\"reference\" d=\"")
                      .append(line.path(axes.x, axes.y))
                      .append("\"/>\n"));
    }
    lines.get(index).stream()
        .filter(line -> !line.equals(median.get()))
        .forEach(line -> svg.append(path(line, index, false, axes)));
    svg.append(path(median.get(), index, true, axes));
    return svg.append("</svg>\n").toString();
  }

  private Axes axes(Box box) {
    return new Axes(
        box,
        new Scale(0, seconds, box.left(), box.plotRight()),
        new Scale(0, mebibytes * 1.06, box.plotBottom(), box.top()));
  }

  private String path(Line line, int index, boolean median, Axes axes) {
    String name = judgement.variants().get(index).variant().name();
    return String.format(
        "<path class=\"run %s%s\" data-variant=\"%s\" data-round=\"%d\" d=\"%s\"><title>%s, round"
            + " %d</title></path>%n",
        Palette.of(index),
        median ? " median" : "",
        Html.escape(name),
        line.run().round(),
        line.path(axes.x, axes.y),
        Html.escape(name),
        line.run().round());
  }

  private static String phases(Run run, Axes axes) {
    StringBuilder svg = new StringBuilder();
    double free = 0;
    for (Run.Phase phase : run.phases()) {
      double x = axes.x.at(Units.seconds(phase.sinceStartNanos()));
      String name = Html.escape(phase.name());
      svg.append(
          String.format(
              "<g class=\"phase\"><line x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\"/>",
              Scale.pixel(x), Scale.pixel(axes.box.top()), Scale.pixel(axes.box.plotBottom())));
      if (x >= free) {
        svg.append(
            String.format(
                "<text x=\"%s\" y=\"%s\">%s</text>",
                Scale.pixel(x + 3), Scale.pixel(axes.box.top() + 9), name));
        free = x + 10 + Text.length(phase.name()) * 6.2;
      }
      svg.append("<title>").append(name).append("</title></g>\n");
    }
    return svg.toString();
  }

  private record Ending(int index, double x, double y) {}

  /** Draws the labels in the order of the lines' ends, at least the height of a line apart. */
  private void labels(List<Ending> endings, Box box, StringBuilder svg) {
    endings.sort(Comparator.comparingDouble(Ending::y));
    double bottom = box.plotBottom() - (endings.size() - 1) * LABEL_HEIGHT;
    double y = box.top();
    for (Ending ending : endings) {
      y = Math.max(y, Math.min(ending.y, bottom));
      bottom += LABEL_HEIGHT;
      String look = Palette.of(ending.index);
      double x = box.plotRight() + 14;
      svg.append(
          String.format(
              "<path class=\"leader %s\" d=\"M%s,%sL%s,%s\"/><text class=\"label %s\" x=\"%s\" y=\"%s\">%s</text>%n",
              look,
              Scale.pixel(ending.x),
              Scale.pixel(ending.y),
              Scale.pixel(x - 3),
              Scale.pixel(y),
              look,
              Scale.pixel(x),
              Scale.pixel(y + 4),
              Html.escape(
                  Text.fitted(judgement.variants().get(ending.index).variant().name(), 17))));
      y += LABEL_HEIGHT;
    }
  }

  /** The two scales of a chart and their grid. */
  private record Axes(Box box, Scale x, Scale y) {
    /** Returns the values of one pixel, for the script. */
    String perPixel() {
      return String.format(
          Locale.ROOT,
          "{\"seconds\":%.9f,\"mb\":%.9f}",
          (x.high() - x.low()) / (x.to() - x.from()),
          (y.high() - y.low()) / (y.from() - y.to()));
    }

    String grid() {
      StringBuilder svg = new StringBuilder("<g class=\"axis\" aria-hidden=\"true\">");
      for (double tick : y.ticks(4)) {
        svg.append(
            String.format(
                "<line x1=\"%s\" x2=\"%s\" y1=\"%3$s\" y2=\"%3$s\"/><text class=\"y\" x=\"%4$s\" y=\"%5$s\">%6$s</text>",
                Scale.pixel(box.left()),
                Scale.pixel(box.plotRight()),
                y.text(tick),
                Scale.pixel(box.left() - 5),
                Scale.pixel(y.at(tick) + 4),
                Scale.label(tick) + (tick == y.ticks(4).getLast() ? " MB" : "")));
      }
      for (double tick : x.ticks(box.width() > 500 ? 8 : 4)) {
        svg.append(
            String.format(
                "<text class=\"x\" x=\"%s\" y=\"%s\">%s</text>",
                x.text(tick),
                Scale.pixel(box.plotBottom() + 15),
                Scale.label(tick) + (tick == 0 ? "" : " s")));
      }
      return svg.append("</g>\n").toString();
    }
  }
}
