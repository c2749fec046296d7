package org.onemalloc;

import java.util.OptionalLong;

/** {@link HeapStatistics} as text, one line per figure. */
final class StatisticsText {
  private StatisticsText() {}

  static String of(HeapStatistics s) {
    StringBuilder text = new StringBuilder();
    text.append(s.allocator()).append(s.version().isEmpty() ? "" : " " + s.version());
    HeapStatistics.Provider p = s.provider();
    line(text, "allocated", p.allocated());
    line(text, "active", p.active());
    line(text, "resident", p.resident());
    line(text, "retained", p.retained());
    line(text, "escaped to glibc's heap", s.escapedBytes());
    HeapStatistics.Caches caches = s.caches();
    text.append("\n  thread caches: ").append(caches.threads()).append(", room for ");
    text.append(caches.bytes()).append(" bytes; depots: ").append(caches.depotRows());
    text.append(" rows of at most ").append(caches.depotBytes()).append(" bytes; mappings kept: ");
    text.append(caches.mappedBytes()).append(" bytes");
    for (Usage usage : s.tags()) {
      text.append("\n  ").append(usage.tag()).append(": ").append(usage.bytes());
      text.append(" bytes in ").append(usage.blocks()).append(" blocks");
      if (usage.limit().isPresent()) {
        text.append(", limit ").append(usage.limit().getAsLong());
      }
    }
    for (HeapStatistics.SizeClass size : s.sizes()) {
      text.append("\n  sizes up to ").append(size.upTo()).append(": ").append(size.bytes());
      text.append(" bytes in ").append(size.blocks()).append(" blocks");
    }
    for (HeapStatistics.ThreadUsage t : s.threads()) {
      text.append("\n  ").append(t.name()).append(": allocated ").append(t.allocatedBytes());
      text.append(" bytes, freed ").append(t.freedBytes());
    }
    return text.append('\n').toString();
  }

  private static void line(StringBuilder text, String name, OptionalLong bytes) {
    text.append("\n  ").append(name).append(": ");
    if (bytes.isPresent()) {
      text.append(bytes.getAsLong()).append(" bytes");
    } else {
      text.append("not known");
    }
  }
}
