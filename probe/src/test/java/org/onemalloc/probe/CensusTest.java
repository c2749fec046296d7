package org.onemalloc.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.Pages;
import org.onemalloc.probe.process.Range;
import org.onemalloc.probe.process.Resident;

class CensusTest {
  private static Resident mapping(long start, long end, long rss) {
    return new Resident(new Mapping(start, end, "rw-p", 0, 0, ""), rss, rss, false);
  }

  private static Map<MemoryKind, Long> count(List<Range> claimed, Resident... mappings)
      throws IOException {
    try (Pages pages = new Pages()) {
      Census census = new Census(pages);
      census.claim(claimed, MemoryKind.JAVA_HEAP);
      census.count(List.of(mappings), mapping -> MemoryKind.OTHER);
      return census.sums();
    }
  }

  @Test
  void aMappingInsideOfAClaimHasItsKind() throws Exception {
    assertEquals(
        Map.of(MemoryKind.JAVA_HEAP, 8192L, MemoryKind.OTHER, 4096L),
        count(
            List.of(new Range(0x10000, 0x90000)),
            mapping(0x10000, 0x20000, 4096),
            mapping(0x20000, 0x90000, 4096),
            mapping(0x90000, 0xa0000, 4096)));
  }

  /**
   * No memory is there, so that the claim can take none: the sum is what smaps says all the same.
   */
  @Test
  void aMappingThatAClaimDividesIsCountedOnce() throws Exception {
    Map<MemoryKind, Long> sums =
        count(List.of(new Range(0x10000, 0x20000)), mapping(0x8000, 0x30000, 40960));
    assertEquals(40960, sums.values().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void theFirstClaimWins() throws Exception {
    try (Pages pages = new Pages()) {
      Census census = new Census(pages);
      census.claim(List.of(new Range(0x10000, 0x20000)), MemoryKind.JAVA_HEAP);
      census.claim(List.of(new Range(0x8000, 0x30000)), MemoryKind.CLASSES);
      census.count(
          List.of(
              mapping(0x8000, 0x10000, 1 << 12),
              mapping(0x10000, 0x20000, 2 << 12),
              mapping(0x20000, 0x30000, 4 << 12)),
          mapping -> MemoryKind.OTHER);
      assertEquals(
          Map.of(MemoryKind.JAVA_HEAP, 2L << 12, MemoryKind.CLASSES, 5L << 12), census.sums());
      assertEquals(
          List.of(new Range(0x30000, 0x40000)), census.unclaimed(new Range(0x9000, 0x40000)));
    }
  }
}
