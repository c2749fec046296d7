package org.onemalloc.allocators;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.onemalloc.text.Text;

/**
 * Allocators as plain text for a terminal of 100 columns: one line says what each can be used for,
 * and the lines below it where it is and why something is not possible.
 */
public final class AllocatorTable {
  private static final int WIDTH = 100;

  private AllocatorTable() {}

  /**
   * Returns the table, each line ended by a newline.
   *
   * @param allocators what to list, in this order
   */
  public static String render(List<Allocator> allocators) {
    List<String> lines = new ArrayList<>();
    lines.add(row("NAME", "VERSION", "PRELOAD", "DLOPEN", "LINK", "OFFERS"));
    for (Allocator allocator : allocators) {
      lines.add(row(allocator));
      details(allocator, lines);
    }
    return String.join("\n", lines.stream().map(Text::escaped).toList()) + "\n";
  }

  private static String row(Allocator allocator) {
    List<String> offers = new ArrayList<>();
    allocator.features().forEach(feature -> offers.add(shortWord(feature)));
    return row(
        allocator.usual() ? allocator.name() : allocator.qualifiedName(),
        allocator.version().isEmpty() ? "unknown" : allocator.version(),
        yesOrNo(allocator.preload()),
        yesOrNo(allocator.dlopen()),
        yesOrNo(allocator.link()),
        String.join(", ", offers));
  }

  private static String row(String... cells) {
    return String.format(Locale.ROOT, "%-19s  %-12s  %-7s  %-6s  %-4s  %s", (Object[]) cells)
        .stripTrailing();
  }

  private static String shortWord(Feature feature) {
    return switch (feature) {
      case STATISTICS -> "stats";
      case PROFILING -> "profiling";
      case SIZED_FREE -> "sized free";
      case RESIZE_IN_PLACE -> "in place";
    };
  }

  private static String yesOrNo(Fitness fitness) {
    return fitness.fit() ? "yes" : "no";
  }

  private static void details(Allocator allocator, List<String> lines) {
    allocator.library().ifPresent(path -> lines.add(label(allocator.origin().word()) + path));
    if (!allocator.missing().isEmpty() && allocator.preload().fit()) {
      detail(lines, "lacks", String.join(" ", allocator.missing()));
    }
    if (allocator.pageSize() > 0) {
      detail(lines, "pages", "up to %d KiB".formatted(allocator.pageSize() / 1024));
    }
    if (!allocator.defect().isEmpty()) {
      detail(lines, "defect", allocator.defect());
    }
    // An allocator that is unfit for the whole process is so for one reason, preloaded or linked.
    String preload = allocator.preload().reason();
    if (!preload.isEmpty()) {
      detail(lines, "no preload", preload);
    }
    if (!allocator.dlopen().fit() && !allocator.dlopen().reason().equals(preload)) {
      detail(lines, "no dlopen", allocator.dlopen().reason());
    }
    if (!allocator.link().fit() && !allocator.link().reason().equals(preload)) {
      detail(lines, "no link", allocator.link().reason());
    }
  }

  private static String label(String label) {
    return String.format(Locale.ROOT, "    %-10s ", label);
  }

  /** Adds a detail, broken between words where it is too long. */
  private static void detail(List<String> lines, String label, String text) {
    StringBuilder line = new StringBuilder(label(label));
    int start = line.length();
    for (String word : text.split(" ", -1)) {
      if (line.length() > start && line.length() + word.length() > WIDTH) {
        lines.add(line.toString().stripTrailing());
        line.setLength(0);
        line.append(" ".repeat(start));
      }
      line.append(word).append(' ');
    }
    lines.add(line.toString().stripTrailing());
  }
}
