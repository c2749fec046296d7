package org.onemalloc.probe;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.Pages;
import org.onemalloc.probe.process.Range;
import org.onemalloc.probe.process.Resident;

/**
 * Counts the resident memory of a process by kind. A range of addresses is claimed for a kind; what
 * is claimed for none has the kind that its mapping has by itself. Where a claim ends inside a
 * mapping, because the kernel has merged neighbours, the present pages on both sides are counted.
 */
final class Census {
  private final Map<MemoryKind, Long> sums = new EnumMap<>(MemoryKind.class);
  private final TreeMap<Long, Claim> claims = new TreeMap<>();
  private final Pages pages;

  private record Claim(Range range, MemoryKind kind) {}

  /** Tells the kind that a mapping has by itself. */
  @FunctionalInterface
  interface Nature {
    MemoryKind of(Resident mapping);
  }

  Census(Pages pages) {
    this.pages = pages;
  }

  /** Claims ranges, as far as no earlier claim has them. */
  void claim(List<Range> ranges, MemoryKind kind) {
    for (Range range : ranges) {
      for (Range free : unclaimed(range)) {
        claims.put(free.start(), new Claim(free, kind));
      }
    }
  }

  /** Returns the parts of a range that are not claimed. */
  List<Range> unclaimed(Range range) {
    List<Range> free = new ArrayList<>();
    long at = range.start();
    for (Claim claim : within(range)) {
      Range common = claim.range.common(range);
      if (common.start() > at) {
        free.add(new Range(at, common.start()));
      }
      at = common.end();
    }
    if (range.end() > at) {
      free.add(new Range(at, range.end()));
    }
    return free;
  }

  private List<Claim> within(Range range) {
    Map.Entry<Long, Claim> before = claims.floorEntry(range.start());
    long first = before == null ? range.start() : before.getKey();
    return claims.subMap(first, true, Math.max(first, range.end()), false).values().stream()
        .filter(claim -> claim.range.common(range).bytes() > 0)
        .toList();
  }

  /** Counts the mappings. */
  void count(List<Resident> mappings, Nature nature) {
    for (Resident resident : mappings) {
      if (resident.rss() > 0) {
        count(resident, nature);
      }
    }
  }

  private void count(Resident resident, Nature nature) {
    Mapping mapping = resident.mapping();
    List<Claim> inside = within(mapping.range());
    if (inside.size() == 1 && inside.get(0).range.common(mapping.range()).equals(mapping.range())) {
      add(inside.get(0).kind, resident.rss());
      return;
    }
    long rest = resident.rss();
    for (Claim claim : inside) {
      long present = Math.min(rest, present(claim.range.common(mapping.range())));
      add(claim.kind, present);
      rest -= present;
    }
    add(nature.of(resident), rest);
  }

  /** Returns the present bytes; all bytes if that cannot be read: it is cut to what is resident. */
  private long present(Range range) {
    try {
      return pages.presentBytes(range);
    } catch (IOException e) {
      return range.bytes();
    }
  }

  private void add(MemoryKind kind, long bytes) {
    sums.merge(kind, bytes, Long::sum);
  }

  /** Returns the resident bytes of each kind that has any. */
  Map<MemoryKind, Long> sums() {
    return sums;
  }
}
