package org.onemalloc.inspect.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.onemalloc.inspect.report.Groups.Group;
import org.onemalloc.inspect.report.Groups.Kind;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.text.Html;
import org.onemalloc.text.Text;

/**
 * The bindings as an SVG image: modules on the left, heaps on the right, a line from each module to
 * the heap behind its malloc. A broken line is a call that another module provides.
 */
final class Picture {
  private static final int ROW = 21;
  private static final int TOP = 14;
  private static final int MOST_ROWS = 16;
  private static final int HEAPS = 7;
  private static final double CHARACTER = 6.6;

  /** A line on the left. */
  private record Row(String label, String inside, NativeModule module, String heap, int y) {}

  private final Inspection inspection;
  private final Groups groups;
  private final int width;
  private final int left;
  private final int right;
  private final List<Row> rows = new ArrayList<>();
  private final Map<String, Integer> heaps = new LinkedHashMap<>();
  private final Map<String, Integer> colours = new LinkedHashMap<>();
  private int bottom = TOP;

  /**
   * Computes the layout.
   *
   * @param width the whole width, in the units of the picture
   */
  Picture(Inspection inspection, Groups groups, int width) {
    this.inspection = inspection;
    this.groups = groups;
    this.width = width;
    this.left = width * 42 / 100;
    this.right = width * 62 / 100;
    layOut();
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  private void layOut() {
    for (Group group : groups.all()) {
      List<NativeModule> users =
          group.kind() == Kind.NONE
              ? group.users().stream().filter(this::matters).toList()
              : group.users();
      if (users.isEmpty()) {
        continue;
      }
      int first = bottom;
      String heap = Words.of(group);
      int shown = users.size() > MOST_ROWS ? MOST_ROWS - 1 : users.size();
      users.stream().limit(shown).forEach(module -> row(module, heap));
      if (shown < users.size()) {
        rows.add(new Row("and " + (users.size() - shown) + " more", "", null, heap, bottom));
        bottom += ROW;
      }
      bottom = Math.max(bottom, first + 2 * ROW);
      colours.put(heap, (colours.size() + 1) % HEAPS);
      heaps.put(heap, (first + bottom - ROW) / 2);
      bottom += ROW / 2;
    }
    for (Row row : rows) {
      for (String provider : others(row)) {
        if (!heaps.containsKey(provider)) {
          colours.put(provider, (colours.size() + 1) % HEAPS);
          heaps.put(provider, bottom + ROW / 2);
          bottom += 2 * ROW;
        }
      }
    }
  }

  /** Returns whether a module that does not allocate is shown: the host, and those at fault. */
  private boolean matters(NativeModule module) {
    return module.role() == Role.HOST
        || inspection.hazards().stream().anyMatch(h -> h.module().equals(module.name()));
  }

  private void row(NativeModule module, String heap) {
    String inside =
        module.overrides().contains("malloc") || module.privateAllocators().isEmpty()
            ? ""
            : " + " + module.privateAllocators().getFirst().name() + " inside";
    rows.add(new Row(Groups.fileName(module.name()), inside, module, heap, bottom));
    bottom += ROW;
  }

  /**
   * Returns the providers of a module's calls other than its heap: of extended calls, of glibc's
   * own, of functions that the heap lacks.
   */
  private static Set<String> others(Row row) {
    Set<String> providers = new LinkedHashSet<>();
    if (row.module() != null) {
      for (Call call : row.module().calls()) {
        boolean operator =
            AllocationFunction.of(call.symbol())
                .filter(AllocationFunction.OPERATOR::equals)
                .isPresent();
        if (!operator) {
          call.provider()
              .filter(provider -> !provider.equals(row.heap()))
              .ifPresent(providers::add);
        }
      }
    }
    return providers;
  }

  String svg(String id) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg class=\"picture\" id=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title\">"
            .formatted(id, width, bottom + TOP, id));
    svg.append("<title id=\"%s-title\">%s</title>\n".formatted(id, Html.escape(title())));
    rows.forEach(row -> edges(row, svg));
    rows.forEach(row -> label(row, svg));
    heaps.forEach((heap, y) -> heap(heap, y, svg));
    return svg.append("</svg>\n").toString();
  }

  /** Returns a description of the picture for screen readers. */
  private String title() {
    List<String> parts = new ArrayList<>();
    for (Group group : groups.all()) {
      if (group.kind() != Kind.NONE) {
        parts.add(group.users().size() + " modules use the malloc of " + Words.of(group));
      }
    }
    return "Who binds to whom: " + String.join("; ", parts) + ".";
  }

  private void edges(Row row, StringBuilder svg) {
    edge(row, row.heap(), "", svg);
    others(row).forEach(provider -> edge(row, provider, " other", svg));
  }

  private void edge(Row row, String heap, String style, StringBuilder svg) {
    int to = heaps.get(heap);
    int middle = (left + right) / 2;
    svg.append(
        "<path class=\"edge%s v%d\" data-from=\"%s\" data-to=\"%s\" d=\"M%d,%dC%d,%d %d,%d %d,%d\"/>\n"
            .formatted(
                style,
                colours.get(heap),
                Html.escape(row.label()),
                Html.escape(heap),
                left + 8,
                row.y(),
                middle,
                row.y(),
                middle,
                to,
                right,
                to));
  }

  private void label(Row row, StringBuilder svg) {
    boolean host = row.module() != null && row.module().role() == Role.HOST;
    String style = row.module() == null ? "user more" : host ? "user host" : "user";
    int room = (int) ((left - 14) / CHARACTER) - row.inside().length() - (host ? 7 : 0);
    svg.append(
        "<circle class=\"dot v%d\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>"
            .formatted(colours.get(row.heap()), left + 4, row.y()));
    svg.append(
        "<text class=\"%s\" x=\"%d\" y=\"%d\">%s%s%s</text>\n"
            .formatted(
                style,
                left - 6,
                row.y() + 4,
                marked(row),
                Html.escape(Text.fitted(row.label(), Math.max(8, room)) + (host ? " (host)" : "")),
                row.inside().isEmpty()
                    ? ""
                    : "<tspan class=\"inside\">" + Html.escape(row.inside()) + "</tspan>"));
  }

  /** Returns the sign of a module's worst hazard, which does not rely on colour. */
  private String marked(Row row) {
    if (row.module() == null) {
      return "";
    }
    return inspection.hazards().stream()
        .filter(hazard -> hazard.module().equals(row.module().name()))
        .map(Hazard::severity)
        .filter(severity -> severity != Hazard.Severity.NOTE)
        .max(Hazard.Severity::compareTo)
        .map(s -> "<tspan class=\"%s\">▲ </tspan>".formatted(s.name().toLowerCase(Locale.ROOT)))
        .orElse("");
  }

  private void heap(String heap, int y, StringBuilder svg) {
    int room = (int) ((width - right - 20) / CHARACTER);
    String name = heap.startsWith("/") || heap.contains("!/") ? Groups.fileName(heap) : heap;
    int boxWidth = width - right - 2;
    boolean isProcessHeap = inspection.processHeap().filter(heap::equals).isPresent();
    svg.append(
        "<g class=\"heap v%d\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"34\" rx=\"6\"/>"
            .formatted(colours.get(heap), right, y - 17, boxWidth));
    svg.append(
        "<text x=\"%d\" y=\"%d\">%s</text>"
            .formatted(right + 10, y - 2, Html.escape(Text.fitted(name, room))));
    svg.append(
        "<text class=\"inside\" x=\"%d\" y=\"%d\">%s</text></g>\n"
            .formatted(
                right + 10,
                y + 12,
                Html.escape(
                    Text.fitted(isProcessHeap ? "the process's heap" : directory(heap), room))));
  }

  private static String directory(String heap) {
    int slash = heap.lastIndexOf('/');
    return slash > 0 ? heap.substring(0, slash) : "";
  }
}
