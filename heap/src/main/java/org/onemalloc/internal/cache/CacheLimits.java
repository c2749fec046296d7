package org.onemalloc.internal.cache;

import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.system.Property;

/**
 * The limits of the thread caches.
 *
 * @param thread the most that one thread's magazines may hold, in bytes
 * @param total the most that all magazines and depots may hold together, in bytes
 */
public record CacheLimits(long thread, long total) {
  static final String THREAD = "onemalloc.cache.thread";
  static final String TOTAL = "onemalloc.cache.total";
  static final String MAPPED = "onemalloc.cache.mapped";
  static final long THREAD_DEFAULT = 2 << 20;
  static final long TOTAL_DEFAULT = 64 << 20;
  static final long MAPPED_DEFAULT = 64 << 20;

  public static CacheLimits here() {
    return new CacheLimits(bytes(THREAD, THREAD_DEFAULT), bytes(TOTAL, TOTAL_DEFAULT));
  }

  /** Returns the most that is kept of mappings, in bytes. */
  public static long mapped() {
    return here().off() ? 0 : bytes(MAPPED, MAPPED_DEFAULT);
  }

  private static long bytes(String property, long otherwise) {
    return Property.number(property, otherwise, 0, "bytes");
  }

  boolean off() {
    return thread == 0 || total == 0;
  }

  /** Returns a binding that says that these limits turn the caches off, if they do. */
  Bound said(Bound bound) {
    boolean on = bound.classes().max() != 0;
    return on && off() ? bound.withoutCaches((thread == 0 ? THREAD : TOTAL) + " is 0") : bound;
  }
}
