package org.onemalloc.profile;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.onemalloc.text.Html;

/**
 * A differential flame graph (Gregg, "Differential Flame Graphs", 2014) as HTML: red frames grew,
 * blue ones shrank, the darker the more. async-profiler's converter draws none.
 *
 * <p>A frame is as wide as the larger of its stacks before and after, not as those after alone:
 * what is no longer allocated would have no width. The frames nearest to the root are the parts.
 */
final class DifferenceGraph {
  /** Narrower frames are illegible, and a JVM has thousands of them. */
  private static final double LEAST_SHARE = 0.001;

  private static final int ROW_PIXELS = 18;
  private static final int MOST_ROWS = 128;

  private final Difference difference;
  private final Node root = new Node();
  private final StringBuilder html = new StringBuilder();
  private int rows;
  private double mostGrown;

  private DifferenceGraph(Difference difference) {
    this.difference = difference;
  }

  private static final class Node {
    final Map<String, Node> children = new HashMap<>();
    double before;
    double after;
    double width;

    double growth() {
      return after - before;
    }
  }

  static String of(Difference difference, ToLongFunction<Recording.Site> bytes) {
    return new DifferenceGraph(difference).draw(bytes);
  }

  private String draw(ToLongFunction<Recording.Site> bytes) {
    Map<List<StackFrame>, Recording.Site> before = difference.before().sites();
    Map<List<StackFrame>, Recording.Site> after = difference.after().sites();
    Recording.Site none = new Recording.Site();
    after.forEach((stack, site) -> add(stack, before.getOrDefault(stack, none), site, bytes));
    before.forEach(
        (stack, site) -> {
          if (!after.containsKey(stack)) {
            add(stack, site, none, bytes);
          }
        });
    root.children
        .values()
        .forEach(part -> mostGrown = Math.max(mostGrown, Math.abs(part.growth())));
    frames(root, 0, 0);
    return "<div class=\"flames\"><div style=\"height:%dpx\">\n%s</div></div>\n"
        .formatted(rows * ROW_PIXELS, html);
  }

  private void add(
      List<StackFrame> stack,
      Recording.Site before,
      Recording.Site after,
      ToLongFunction<Recording.Site> bytes) {
    double first = bytes.applyAsLong(before) / difference.divisor(difference.before());
    double second = bytes.applyAsLong(after) / difference.divisor(difference.after());
    Node node = sum(root, first, second);
    node = sum(child(node, "[" + Parts.of(stack) + "]"), first, second);
    for (StackFrame frame : stack.reversed()) {
      if (!frame.isOf("libasyncProfiler")) {
        node = sum(child(node, frame.text()), first, second);
      }
    }
  }

  private static Node child(Node parent, String name) {
    return parent.children.computeIfAbsent(name, _ -> new Node());
  }

  private static Node sum(Node node, double before, double after) {
    node.before += before;
    node.after += after;
    node.width += Math.max(before, after);
    return node;
  }

  private void frames(Node parent, double left, int row) {
    double at = left;
    List<Map.Entry<String, Node>> children =
        parent.children.entrySet().stream()
            .sorted(Comparator.comparingDouble(child -> -child.getValue().width))
            .toList();
    for (Map.Entry<String, Node> child : children) {
      Node node = child.getValue();
      if (node.width < LEAST_SHARE * root.width || row == MOST_ROWS) {
        return;
      }
      frame(child.getKey(), node, at / root.width, row);
      frames(node, at, row + 1);
      at += node.width;
    }
  }

  private void frame(String name, Node node, double left, int row) {
    rows = Math.max(rows, row + 1);
    html.append(
        String.format(
            Locale.ROOT,
            "<i style=\"left:%.3f%%;width:%.3f%%;top:%dpx;background:%s\" title=\"",
            100 * left,
            100 * node.width / root.width,
            row * ROW_PIXELS,
            colour(node.growth())));
    html.append(Html.escape(name)).append(": ").append(amounts(node)).append("\">");
    html.append(Html.escape(name)).append("</i>\n");
  }

  private String amounts(Node node) {
    String unit = difference.perSecond() ? "/s" : "";
    return "%s%s before, %s%s after"
        .formatted(
            DifferenceTable.bytes(node.before), unit, DifferenceTable.bytes(node.after), unit);
  }

  /** Returns a colour between white and red or blue, by the share of the largest growth. */
  private String colour(double growth) {
    double share = mostGrown == 0 ? 0 : Math.min(1, Math.abs(growth) / mostGrown);
    int pale = (int) Math.round(240 - 110 * Math.sqrt(share));
    return growth > 0
        ? "rgb(240,%d,%d)".formatted(pale, pale)
        : "rgb(%d,%d,245)".formatted(pale, pale);
  }
}
