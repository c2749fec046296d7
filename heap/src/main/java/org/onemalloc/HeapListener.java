package org.onemalloc;

import java.util.ServiceLoader;

/**
 * Receives the events of this process's heap. It is for tools that show them; the module {@code
 * onemalloc.observe} has those for Flight Recorder and JMX.
 *
 * <p>Listeners are added by {@link Heap#addListener}, or found by {@link ServiceLoader} where the
 * system property {@code onemalloc.observe} is {@code on}; without it nothing is loaded and nothing
 * is sampled. They are called on the thread that causes the event, during its call, so they must be
 * quick and must not wait for other threads; one that throws is not called again. A listener's own
 * calls of the heap are not reported.
 */
public interface HeapListener {
  /**
   * Memory was taken from the allocator. Called once for each {@code onemalloc.observe.sample}
   * bytes, 512k by default, that are taken on about the same thread, by the call that completes
   * them. Memory that thread caches reuse does not count, and costs nothing. Only where {@code
   * onemalloc.observe} is {@code on}.
   *
   * @param bytes the bytes taken since the previous call
   * @param size the size of the block that completed them, in bytes
   * @param alignment its alignment, in bytes
   */
  default void sampled(long bytes, long size, long alignment) {}

  /**
   * A call was refused by a limit and is about to throw.
   *
   * @param usage the usage of the limited tag
   * @param bytes the requested bytes that the limit does not allow
   */
  default void limitReached(Usage usage, long bytes) {}

  /**
   * A tag has reached the number of live bytes that {@code onPressure} of its {@code TaggedHeap}
   * was given. Called on the thread {@code onemalloc watcher}.
   *
   * @param usage the usage of the tag
   * @param bytes the live bytes that count as pressure
   */
  default void pressure(Usage usage, long bytes) {}

  /**
   * Checked mode found a mistake.
   *
   * @param kind the kind of mistake, in a few words
   * @param report the whole report
   */
  default void found(String kind, String report) {}

  /**
   * A tag was used for the first time.
   *
   * @param tag the tag; {@link Heap#tagged Heap.tagged(tag)} returns its allocator
   */
  default void tagged(String tag) {}
}
