package org.onemalloc.observe;

import java.util.List;

/**
 * The heap of a process for JMX, by the name {@value #NAME}. All sizes are in bytes; what is not
 * known is -1.
 *
 * <p>Notifications: {@value #LIMIT} when a limit refused a call, {@value #PRESSURE} when a tag has
 * so many live bytes that the program wanted to be told, {@value #FINDING} when checked mode found
 * a mistake. The message says it; the user data of the first two is the tag.
 */
public interface HeapMXBean {
  /** The object name of the bean. */
  String NAME = "org.onemalloc:type=Heap";

  /** The type of a notification: a limit refused a call. */
  String LIMIT = "onemalloc.limit";

  /** The type of a notification: there is pressure. */
  String PRESSURE = "onemalloc.pressure";

  /** The type of a notification: checked mode found a mistake. */
  String FINDING = "onemalloc.finding";

  /**
   * What lives under a tag, as {@link org.onemalloc.Usage} has it.
   *
   * @param tag the tag
   * @param bytes live bytes of this very tag
   * @param blocks live blocks of this very tag
   * @param totalBytes live bytes with all tags below
   * @param limit the most that {@code totalBytes} may be, or -1
   */
  record TagUsage(String tag, long bytes, long blocks, long totalBytes, long limit) {}

  /**
   * What lives of some sizes, as {@link org.onemalloc.HeapStatistics.SizeClass} has it.
   *
   * @param upTo the largest size counted here
   * @param bytes live bytes
   * @param blocks live blocks
   */
  record SizeUsage(long upTo, long bytes, long blocks) {}

  /**
   * What a thread did, as {@link org.onemalloc.HeapStatistics.ThreadUsage} has it.
   *
   * @param name its name
   * @param id its id, 0 for all virtual and ended ones together
   * @param allocatedBytes bytes it allocated
   * @param freedBytes bytes it freed
   */
  record ThreadUsage(String name, long id, long allocatedBytes, long freedBytes) {}

  /**
   * Everything, taken at about one moment.
   *
   * @param allocator the allocator's name and version
   * @param library the file it is in
   * @param liveBytes live bytes of all tags, and of untagged calls in accounting mode
   * @param accounting whether untagged calls are counted
   * @param allocatedBytes what the allocator says is in blocks
   * @param activeBytes the pages of these blocks
   * @param residentBytes the memory that the allocator takes
   * @param retainedBytes addresses that it keeps without memory
   * @param escapedBytes in use in glibc's heap though the process heap is another's
   * @param cacheBytes room in the thread caches
   * @param cacheThreads threads that have one
   * @param tags by tag, parents first
   * @param sizes by size, in accounting mode
   * @param threads by thread, in accounting mode
   */
  record Snapshot(
      String allocator,
      String library,
      long liveBytes,
      boolean accounting,
      long allocatedBytes,
      long activeBytes,
      long residentBytes,
      long retainedBytes,
      long escapedBytes,
      long cacheBytes,
      int cacheThreads,
      List<TagUsage> tags,
      List<SizeUsage> sizes,
      List<ThreadUsage> threads) {}

  /**
   * Returns everything.
   *
   * @return the figures now
   */
  Snapshot getSnapshot();

  /**
   * Returns what the heap was bound to, with the proof.
   *
   * @return lines for a person
   */
  String getBinding();

  /** Gives free memory back, see {@link org.onemalloc.Heap#purge}. */
  void purge();

  /**
   * Limits a tag, see {@link org.onemalloc.TaggedHeap#limit}.
   *
   * @param tag an existing or a new tag
   * @param bytes the most that may live under it, above 0
   */
  void limit(String tag, long bytes);
}
