package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.text.Html;

/**
 * Every candidate as a point: CPU time to the right, memory upwards, both relative to the baseline,
 * whose lines cross at 0. A candidate is on the front if no other one is better in both. Both axes
 * are logarithmic, so that half and double are equally far from the baseline.
 */
final class TradeOffChart {
  private static final Box BOX = new Box(1000, 460, 12, 24, 44, 64);
  private static final double LETTER = 6.6;
  private static final double LINE = 13;
  private static final double DOT = 5;
  private static final double LEAST_MARGIN = 0.04;

  /** Changes in per cent at which a tick may be. */
  private static final double[] TICKS = {
    -90, -80, -70, -60, -50, -40, -30, -20, -10, -5, 0, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300,
    500, 1000
  };

  private static final double LEAST_APART = 26;

  private final TuneResult result;
  private final Figure across = Figure.CPU;
  private final Figure upwards;
  private final List<Point> points = new ArrayList<>();
  private final List<String> allocators;
  private final List<double[]> labels = new ArrayList<>();

  private record Point(Entry entry, double x, double y) {}

  TradeOffChart(TuneResult result) {
    this.result = result;
    boolean same = result.goal().equals(across) || !result.goal().judged();
    this.upwards = same ? Figure.PEAK : result.goal();
    this.allocators =
        result.entries().stream().map(entry -> entry.candidate().allocator()).distinct().toList();
    for (Entry entry : result.entries()) {
      Bounds x = ratio(entry, across);
      Bounds y = ratio(entry, upwards);
      if (x != null && y != null) {
        points.add(new Point(entry, Math.log(x.estimate()), Math.log(y.estimate())));
      }
    }
  }

  /** Returns the ratio of the fresh runs, where there are some. */
  static Bounds ratio(Entry entry, Figure figure) {
    Bounds fresh = entry.freshRatios().get(figure);
    return fresh == null ? entry.raceRatios().get(figure) : fresh;
  }

  boolean isEmpty() {
    return points.size() < 2;
  }

  /** Returns the figure that the vertical axis shows. */
  Figure upwards() {
    return upwards;
  }

  /** Returns the candidates on the front, from the left. */
  List<Entry> front() {
    return frontPoints().stream().map(Point::entry).toList();
  }

  private List<Point> frontPoints() {
    return points.stream()
        .filter(point -> points.stream().noneMatch(other -> dominates(other, point)))
        .sorted(Comparator.comparingDouble(Point::x))
        .toList();
  }

  private boolean dominates(Point one, Point other) {
    double sign = upwards.higherIsBetter() ? -1 : 1;
    double up = sign * (one.y - other.y);
    return one.x <= other.x && up <= 0 && (one.x < other.x || up < 0);
  }

  String svg() {
    Scale x = scale(points.stream().mapToDouble(Point::x), BOX.left(), BOX.plotRight());
    Scale y = scale(points.stream().mapToDouble(Point::y), BOX.plotBottom(), BOX.top());
    StringBuilder svg = new StringBuilder();
    svg.append(
        BOX.open(
            "trade-off",
            "overview",
            "%s against %s of every candidate".formatted(upwards.label(), across.label()),
            ""));
    axes(x, y, svg);
    front(x, y, svg);
    points.forEach(point -> dot(point, x, y, svg));
    for (Point point : points) { // a name covers no point either
      double px = x.at(point.x);
      double py = y.at(point.y);
      labels.add(new double[] {px - DOT, py - DOT, px + DOT, py + DOT, Double.NaN, Double.NaN});
    }
    List<Point> front = frontPoints();
    result
        .winner()
        .ifPresent(
            winner ->
                points.stream()
                    .filter(p -> p.entry.equals(winner))
                    .forEach(p -> label(p, x, y, svg)));
    points.stream()
        .filter(p -> p.entry.equals(result.baseline()) || front.contains(p))
        .forEach(point -> label(point, x, y, svg));
    points.forEach(point -> label(point, x, y, svg));
    return svg.append("</svg>\n").toString();
  }

  private static Scale scale(DoubleStream values, double from, double to) {
    double[] all = values.toArray();
    double low = Math.min(0, DoubleStream.of(all).min().orElse(0));
    double high = Math.max(0, DoubleStream.of(all).max().orElse(0));
    double margin = Math.max(LEAST_MARGIN, (high - low) * 0.07);
    return new Scale(low - margin, high + margin, from, to);
  }

  private void axes(Scale x, Scale y, StringBuilder svg) {
    svg.append("<g class=\"axis\" aria-hidden=\"true\">");
    double last = Double.NEGATIVE_INFINITY;
    for (double tick : TICKS) {
      double at = x.at(Math.log1p(tick / 100));
      boolean inside = at >= BOX.left() && at <= BOX.plotRight();
      if (inside && (tick == 0 || (at - last > LEAST_APART && farFromZero(x, tick)))) {
        last = at;
        line(svg, tick == 0, at, at, BOX.top(), BOX.plotBottom());
        text(svg, "x", at, BOX.plotBottom() + 16, percent(tick));
      }
    }
    last = Double.POSITIVE_INFINITY;
    for (double tick : TICKS) {
      double at = y.at(Math.log1p(tick / 100));
      boolean inside = at >= BOX.top() && at <= BOX.plotBottom();
      if (inside && (tick == 0 || (last - at > LEAST_APART && farFromZero(y, tick)))) {
        last = at;
        line(svg, tick == 0, BOX.left(), BOX.plotRight(), at, at);
        text(svg, "y", BOX.left() - 8, at + 4, percent(tick));
      }
    }
    text(
        svg,
        "x",
        (BOX.left() + BOX.plotRight()) / 2,
        BOX.height() - 6,
        Html.escape(across.label()) + ", change against the baseline");
    svg.append("</g>\n");
  }

  private static boolean farFromZero(Scale scale, double tick) {
    return Math.abs(scale.at(Math.log1p(tick / 100)) - scale.at(0)) > LEAST_APART;
  }

  private static String percent(double tick) {
    return Percent.change(1 + tick / 100) + " %";
  }

  private static void line(
      StringBuilder svg, boolean base, double x1, double x2, double y1, double y2) {
    svg.append(
        "<line%s x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>"
            .formatted(
                base ? " class=\"base\"" : "",
                Scale.pixel(x1),
                Scale.pixel(x2),
                Scale.pixel(y1),
                Scale.pixel(y2)));
  }

  private static void text(StringBuilder svg, String look, double x, double y, String text) {
    svg.append(
        "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>"
            .formatted(look, Scale.pixel(x), Scale.pixel(y), text));
  }

  /** Draws the front as steps: no candidate is below and to the left of them. */
  private void front(Scale x, Scale y, StringBuilder svg) {
    StringBuilder path = new StringBuilder();
    for (Point point : frontPoints()) {
      path.append(path.isEmpty() ? "M" : "H").append(x.text(point.x));
      path.append(path.length() > 0 && path.indexOf("H") < 0 ? "," : "V").append(y.text(point.y));
    }
    if (!path.isEmpty()) {
      svg.append("<path class=\"front\" d=\"").append(path).append("\"/>\n");
    }
  }

  private void dot(Point point, Scale x, Scale y, StringBuilder svg) {
    Entry entry = point.entry;
    String look = Palette.of(allocators.indexOf(entry.candidate().allocator()));
    boolean dropped = !entry.standing().isRunning();
    svg.append("<g class=\"row ").append(look).append(dropped ? " dropped" : "").append("\">");
    if (result.winner().filter(entry::equals).isPresent()) {
      svg.append(
          "<circle class=\"chosen\" cx=\"%s\" cy=\"%s\" r=\"9\"/>"
              .formatted(x.text(point.x), y.text(point.y)));
    }
    svg.append(
        "<circle cx=\"%s\" cy=\"%s\" r=\"4.5\"><title>%s: %s %s %%, %s %s %%; %s</title></circle></g>%n"
            .formatted(
                x.text(point.x),
                y.text(point.y),
                Html.escape(entry.candidate().name()),
                Html.escape(upwards.label()),
                Percent.change(Math.exp(point.y)),
                Html.escape(across.label()),
                Percent.change(Math.exp(point.x)),
                Html.escape(entry.candidate().settings())));
  }

  /** Writes a name beside its point, unless it would cover another one. */
  private void label(Point point, Scale x, Scale y, StringBuilder svg) {
    String name = point.entry.candidate().name();
    double width = name.length() * LETTER;
    double px = x.at(point.x);
    double py = y.at(point.y);
    double[][] places = {
      {px + 11, py + 4},
      {px - 11 - width, py + 4},
      {px - width / 2, py - 13},
      {px - width / 2, py + 20}
    };
    for (double[] place : places) {
      double[] box = {place[0], place[1] - LINE + 2, place[0] + width, place[1] + 3};
      boolean inside =
          box[0] > BOX.left() && box[2] < BOX.width() && box[1] > 0 && box[3] < BOX.plotBottom();
      boolean again = labels.stream().anyMatch(other -> other[4] == px && other[5] == py);
      if (inside && !again && labels.stream().noneMatch(other -> overlap(other, box))) {
        labels.add(new double[] {box[0], box[1], box[2], box[3], px, py});
        svg.append(
            "<text class=\"label\" x=\"%s\" y=\"%s\">%s</text>%n"
                .formatted(Scale.pixel(place[0]), Scale.pixel(place[1]), Html.escape(name)));
        return;
      }
    }
  }

  private static boolean overlap(double[] one, double[] other) {
    return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
  }
}
