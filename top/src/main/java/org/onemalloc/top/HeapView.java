package org.onemalloc.top;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.openmbean.CompositeData;

/**
 * What onemalloc's heap says of itself, through its bean. Sizes are in bytes, -1 where not known.
 *
 * @param allocator its allocator's name and version
 * @param accounting whether untagged calls are counted
 * @param figures the sizes by name, in the order to show them
 * @param tags what lives by tag, parents first
 * @param threads what each thread allocated and freed, in accounting mode
 */
public record HeapView(
    String allocator,
    boolean accounting,
    Map<String, Long> figures,
    List<Tag> tags,
    List<ThreadView> threads) {
  public HeapView {
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    tags = List.copyOf(tags);
    threads = List.copyOf(threads);
  }

  /** The names of the figures, as the bean has them and as they are shown. */
  static final String[][] FIGURES = {
    {"liveBytes", "live under tags"},
    {"allocatedBytes", "allocated"},
    {"activeBytes", "active"},
    {"residentBytes", "resident"},
    {"retainedBytes", "retained"},
    {"escapedBytes", "escaped to glibc"},
    {"cacheBytes", "room in thread caches"}
  };

  /**
   * What lives under a tag.
   *
   * @param name the tag
   * @param bytes live bytes of its own
   * @param blocks live blocks of its own
   * @param totalBytes live bytes with all tags below
   * @param limit the most these may be, -1 for none
   */
  public record Tag(String name, long bytes, long blocks, long totalBytes, long limit) {}

  /**
   * What a thread did since it began.
   *
   * @param name its name
   * @param allocatedBytes bytes allocated
   * @param freedBytes bytes freed
   */
  public record ThreadView(String name, long allocatedBytes, long freedBytes) {}

  /** Reads the attribute Snapshot of the bean. */
  static HeapView of(CompositeData snapshot) {
    Map<String, Long> figures = new LinkedHashMap<>();
    for (String[] figure : FIGURES) {
      figures.put(figure[0], (Long) snapshot.get(figure[0]));
    }
    List<Tag> tags = new ArrayList<>();
    for (CompositeData tag : (CompositeData[]) snapshot.get("tags")) {
      tags.add(
          new Tag(
              (String) tag.get("tag"),
              (Long) tag.get("bytes"),
              (Long) tag.get("blocks"),
              (Long) tag.get("totalBytes"),
              (Long) tag.get("limit")));
    }
    List<ThreadView> threads = new ArrayList<>();
    for (CompositeData thread : (CompositeData[]) snapshot.get("threads")) {
      threads.add(
          new ThreadView(
              (String) thread.get("name"),
              (Long) thread.get("allocatedBytes"),
              (Long) thread.get("freedBytes")));
    }
    return new HeapView(
        (String) snapshot.get("allocator"),
        (Boolean) snapshot.get("accounting"),
        figures,
        tags,
        threads);
  }
}
