package org.onemalloc.observe;

import java.util.List;

/**
 * The heap of a process in JMX, under the name {@value #NAME}. All sizes are in bytes; an unknown
 * value is -1.
 *
 * <p>The bean sends these notifications: {@value #LIMIT} when a limit refused a call, {@value
 * #PRESSURE} when the live bytes of a tag reached the number for which the program registered, and
 * {@value #FINDING} when checked mode found a mistake. The message describes the event. The user
 * data of the first two is the tag.
 */
public interface HeapMXBean {
  /** The object name of the bean. */
  String NAME = "org.onemalloc:type=Heap";

  /** The type of the notification that a limit refused a call. */
  String LIMIT = "onemalloc.limit";

  /** The type of the notification that a tag is under pressure. */
  String PRESSURE = "onemalloc.pressure";

  /** The type of the notification that checked mode found a mistake. */
  String FINDING = "onemalloc.finding";

  /**
   * The live memory of a tag; see {@link org.onemalloc.Usage}.
   *
   * @param tag the tag
   * @param bytes live bytes of this tag alone
   * @param blocks live blocks of this tag alone
   * @param totalBytes live bytes of this tag and all tags below it
   * @param limit the maximum of {@code totalBytes}, or -1
   */
  record TagUsage(String tag, long bytes, long blocks, long totalBytes, long limit) {}

  /**
   * The live memory of a range of sizes; see {@link org.onemalloc.HeapStatistics.SizeClass}.
   *
   * @param upTo the largest size of the range
   * @param bytes live bytes
   * @param blocks live blocks
   */
  record SizeUsage(long upTo, long bytes, long blocks) {}

  /**
   * The calls of a thread; see {@link org.onemalloc.HeapStatistics.ThreadUsage}.
   *
   * @param name the name of the thread
   * @param id the id of the thread; 0 for all virtual threads and all ended threads together
   * @param allocatedBytes bytes that the thread allocated
   * @param freedBytes bytes that the thread freed
   */
  record ThreadUsage(String name, long id, long allocatedBytes, long freedBytes) {}

  /**
   * All figures of the heap, taken at approximately the same time.
   *
   * @param allocator the allocator's name and version
   * @param library the file of the allocator
   * @param liveBytes live bytes of all tags, and of untagged calls in accounting mode
   * @param accounting whether untagged calls are counted
   * @param allocatedBytes bytes in blocks, according to the allocator
   * @param activeBytes bytes in the pages of these blocks
   * @param residentBytes bytes of memory that the allocator occupies
   * @param retainedBytes bytes of address space that the allocator keeps without memory
   * @param escapedBytes bytes in use in the heap of glibc although the process heap is another
   *     allocator
   * @param cacheBytes the maximum number of bytes that all thread caches can hold at their present
   *     size
   * @param cacheThreads threads that have a thread cache
   * @param tags the figures of each tag, parents first
   * @param sizes the figures of each range of sizes, in accounting mode
   * @param threads the figures of each thread, in accounting mode
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
   * Returns all figures.
   *
   * @return the current figures
   */
  Snapshot getSnapshot();

  /**
   * Returns the binding of the heap, with the proof.
   *
   * @return lines of text for the user
   */
  String getBinding();

  /** Returns free memory to the system; see {@link org.onemalloc.Heap#purge}. */
  void purge();

  /**
   * Sets the limit of a tag; see {@link org.onemalloc.TaggedHeap#limit}.
   *
   * @param tag an existing or a new tag
   * @param bytes the maximum number of live bytes under the tag, above 0
   */
  void limit(String tag, long bytes);
}
