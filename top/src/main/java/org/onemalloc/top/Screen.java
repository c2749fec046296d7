package org.onemalloc.top;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.onemalloc.text.Style;
import org.onemalloc.text.Text;
import org.onemalloc.top.Frame.MappingUsage;

/** Formats a frame as lines of text, with the change since the previous frame. Not thread-safe. */
public final class Screen {
  private static final int NAME = 34;
  private static final int NUMBER = 12;
  private static final int MOST_MAPPINGS = 8;
  private static final int MOST_THREADS = 8;

  /** The root of all tags. */
  private static final String ROOT = "(untagged)";

  private final Style style;
  private Frame before;
  private Frame now;
  private List<String> lines = new ArrayList<>();

  /**
   * Creates a screen.
   *
   * @param style the style, with or without colours
   */
  public Screen(Style style) {
    this.style = style;
  }

  /**
   * Draws the next frame.
   *
   * @param frame the current state
   * @param size the size of the window; text beyond it is cut off
   * @return the lines
   */
  public List<String> draw(Frame frame, WindowSize size) {
    before = now == null ? frame : now;
    now = frame;
    lines = new ArrayList<>();
    process();
    heap();
    mappings();
    for (String note : frame.notes()) {
      lines.add("");
      Text.wrap("Note: " + Text.escaped(note), size.columns())
          .forEach(l -> lines.add(style.dim(l)));
    }
    List<String> fitting = new ArrayList<>();
    int most = Math.min(lines.size(), Math.max(1, size.rows() - 1));
    for (String line : lines.subList(0, most)) {
      fitting.add(cut(line, size.columns()));
    }
    return fitting;
  }

  /** Cuts off a line that is too wide. Escape sequences have no width. */
  private static String cut(String line, int columns) {
    StringBuilder kept = new StringBuilder();
    int width = 0;
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\u001b') {
        int end = line.indexOf('m', i);
        kept.append(line, i, end + 1);
        i = end;
      } else if (width++ < columns) {
        kept.append(line.charAt(i));
      }
    }
    return kept.toString();
  }

  private void process() {
    String command = Text.escaped(String.join(" ", now.command()));
    lines.add(style.bold("PID " + now.pid()) + "  " + command);
    lines.add("malloc of " + Text.escaped(now.malloc().orElse("an unknown file")));
    lines.add("");
    head("PROCESS", "BYTES", "PER S", "", "");
    row("resident (RSS)", now.residentBytes(), before.residentBytes());
    row("proportional (PSS)", now.proportionalBytes(), before.proportionalBytes());
    if (now.glibcBytes().isPresent()) {
      long glibc = now.glibcBytes().getAsLong();
      row("glibc's own heap", glibc, before.glibcBytes().orElse(glibc));
    }
  }

  private void heap() {
    if (now.heap().isEmpty()) {
      return;
    }
    HeapView heap = now.heap().get();
    HeapView old = before.heap().orElse(heap);
    lines.add("");
    head("HEAP on " + heap.allocator(), "BYTES", "PER S", "", "");
    for (String[] figure : HeapView.FIGURES) {
      long value = heap.figures().get(figure[0]);
      if (value >= 0) {
        row(figure[1], value, old.figures().get(figure[0]));
      }
    }
    fragmentation(heap);
    tags(heap, old);
    threads(heap, old);
  }

  private void fragmentation(HeapView heap) {
    long allocated = heap.figures().get("allocatedBytes");
    long active = heap.figures().get("activeBytes");
    if (allocated >= 0 && active > 0) {
      String share = String.format(Locale.ROOT, "%.1f %%", 100 - 100.0 * allocated / active);
      lines.add(Text.padRight("  fragmentation", NAME) + Text.padLeft(share, NUMBER));
    }
  }

  private void tags(HeapView heap, HeapView old) {
    if (heap.tags().isEmpty()) {
      return;
    }
    lines.add("");
    head("TAG", "LIVE", "PER S", "BLOCKS", "LIMIT");
    Map<String, Long> was =
        old.tags().stream()
            .collect(Collectors.toMap(HeapView.Tag::name, HeapView.Tag::totalBytes, (a, b) -> a));
    for (HeapView.Tag tag : heap.tags()) {
      long total = tag.totalBytes();
      String limit = tag.limit() < 0 ? "" : bytes(tag.limit());
      boolean near = tag.limit() >= 0 && total > tag.limit() - tag.limit() / 8;
      String cells =
          Text.padLeft(bytes(total), NUMBER)
              + Text.padLeft(rate(total, was.getOrDefault(tag.name(), total)), NUMBER)
              + Text.padLeft(String.format(Locale.ROOT, "%,d", tag.blocks()), NUMBER)
              + Text.padLeft(limit, NUMBER);
      String name = tag.name().equals(ROOT) ? "all together" : tag.name();
      lines.add(name(name) + (near ? style.worse(cells) : cells).stripTrailing());
    }
  }

  private void threads(HeapView heap, HeapView old) {
    if (heap.threads().isEmpty()) {
      return;
    }
    lines.add("");
    head("THREAD", "ALLOCATED", "PER S", "FREED", "");
    Map<String, Long> was =
        old.threads().stream()
            .collect(
                Collectors.toMap(
                    HeapView.ThreadView::name, HeapView.ThreadView::allocatedBytes, Long::sum));
    top(heap.threads(), HeapView.ThreadView::allocatedBytes, MOST_THREADS)
        .forEach(
            t ->
                lines.add(
                    name(t.name())
                        + Text.padLeft(bytes(t.allocatedBytes()), NUMBER)
                        + Text.padLeft(
                            rate(
                                t.allocatedBytes(), was.getOrDefault(t.name(), t.allocatedBytes())),
                            NUMBER)
                        + Text.padLeft(bytes(t.freedBytes()), NUMBER)));
  }

  private void mappings() {
    lines.add("");
    head("MAPPING", "RSS", "PER S", "PSS", "");
    Map<String, Long> was =
        before.mappings().stream()
            .collect(Collectors.toMap(MappingUsage::name, MappingUsage::residentBytes));
    for (MappingUsage m : top(now.mappings(), MappingUsage::residentBytes, MOST_MAPPINGS)) {
      long old = was.getOrDefault(m.name(), 0L);
      lines.add(
          name(m.name())
              + Text.padLeft(bytes(m.residentBytes()), NUMBER)
              + Text.padLeft(rate(m.residentBytes(), old), NUMBER)
              + Text.padLeft(bytes(m.proportionalBytes()), NUMBER));
    }
  }

  private static <T> List<T> top(List<T> all, ToLongFunction<T> by, int most) {
    return all.stream()
        .sorted((a, b) -> Long.compare(by.applyAsLong(b), by.applyAsLong(a)))
        .limit(most)
        .toList();
  }

  private void head(String name, String... columns) {
    StringBuilder text = new StringBuilder(Text.padRight(Text.escaped(name), NAME));
    for (String column : columns) {
      text.append(Text.padLeft(column, NUMBER));
    }
    lines.add(style.bold(text.toString().stripTrailing()));
  }

  private void row(String name, long value, long old) {
    lines.add(
        name(name) + Text.padLeft(bytes(value), NUMBER) + Text.padLeft(rate(value, old), NUMBER));
  }

  private static String name(String name) {
    return Text.padRight("  " + Text.fitted(Text.escaped(name), NAME - 3), NAME);
  }

  private String rate(long value, long old) {
    double seconds = (now.nanos() - before.nanos()) / 1e9;
    long change = seconds <= 0 ? 0 : Math.round((value - old) / seconds);
    return change == 0 ? "" : (change > 0 ? "+" : "-") + bytes(Math.abs(change));
  }

  /** Returns a size for display, in units of powers of 1024 as in top(1). */
  static String bytes(long bytes) {
    String[] units = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    double value = Math.abs((double) bytes);
    int unit = 0;
    while (value >= 1023.95 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    String sign = bytes < 0 ? "-" : "";
    return sign + String.format(Locale.ROOT, unit == 0 ? "%.0f " : "%.1f ", value) + units[unit];
  }
}
