package org.onemalloc.top;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of onemalloc's heap. Sizes are in bytes, -1 if unknown.
 *
 * @param allocator the name and version of its allocator
 * @param accounting whether untagged calls are counted
 * @param figures the sizes by name, in display order
 * @param tags the live memory by tag, parents first
 * @param threads the bytes allocated and freed by each thread; empty unless accounting is on
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

  /** The names of the figures in the MXBean and on the screen, in the order of the file. */
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
   * The live memory of a tag.
   *
   * @param name the name of the tag
   * @param bytes live bytes of the tag itself
   * @param blocks live blocks of the tag itself
   * @param totalBytes live bytes of the tag and all tags below it
   * @param limit the limit of {@code totalBytes}, -1 for no limit
   */
  public record Tag(String name, long bytes, long blocks, long totalBytes, long limit) {}

  /**
   * The allocations of a thread since it started.
   *
   * @param name the name of the thread
   * @param allocatedBytes the bytes allocated by the thread
   * @param freedBytes the bytes freed by the thread
   */
  public record ThreadView(String name, long allocatedBytes, long freedBytes) {}

  private static final int FORMAT = 1;

  /**
   * Reads the figures in the format of observe/SharedFigures.
   *
   * @param in the figures
   * @param length the number of bytes of the figures
   * @throws IOException if the figures cannot be parsed
   */
  static HeapView read(DataInputStream in, int length) throws IOException {
    int format = in.readInt();
    if (format != FORMAT) {
      throw new IOException("its onemalloc-observe is of another version");
    }
    String allocator = in.readUTF();
    boolean accounting = in.readBoolean();
    Map<String, Long> figures = new LinkedHashMap<>();
    for (String[] figure : FIGURES) {
      figures.put(figure[0], in.readLong());
    }
    List<Tag> tags = new ArrayList<>();
    for (int left = count(in, length); left > 0; left--) {
      tags.add(new Tag(in.readUTF(), in.readLong(), in.readLong(), in.readLong(), in.readLong()));
    }
    List<ThreadView> threads = new ArrayList<>();
    for (int left = count(in, length); left > 0; left--) {
      threads.add(new ThreadView(in.readUTF(), in.readLong(), in.readLong()));
    }
    return new HeapView(allocator, accounting, figures, tags, threads);
  }

  private static int count(DataInputStream in, int length) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > length) {
      throw new IOException("it counts " + count + " entries in " + length + " bytes");
    }
    return count;
  }
}
