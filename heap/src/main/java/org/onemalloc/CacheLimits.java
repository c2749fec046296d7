package org.onemalloc;

/**
 * How much the thread caches may hold.
 *
 * @param thread the most that one thread's magazines may hold, in bytes
 * @param total the most that all magazines and depots may hold together, in bytes
 */
record CacheLimits(long thread, long total) {
  static final String THREAD = "onemalloc.cache.thread";
  static final String TOTAL = "onemalloc.cache.total";
  static final String MAPPED = "onemalloc.cache.mapped";
  static final long THREAD_DEFAULT = 2 << 20;
  static final long TOTAL_DEFAULT = 64 << 20;
  static final long MAPPED_DEFAULT = 64 << 20;

  static CacheLimits here() {
    return new CacheLimits(bytes(THREAD, THREAD_DEFAULT), bytes(TOTAL, TOTAL_DEFAULT));
  }

  /** Returns the most that is kept of mappings, in bytes. */
  static long mapped() {
    return here().off() ? 0 : bytes(MAPPED, MAPPED_DEFAULT);
  }

  private static long bytes(String property, long otherwise) {
    String text = System.getProperty(property);
    if (text == null) {
      return otherwise;
    }
    try {
      long bytes = Long.parseLong(text);
      if (bytes >= 0) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new HeapError(
        "The system property "
            + property
            + " is \""
            + text
            + "\": it must be a number of bytes, 0 to turn the thread caches off.");
  }

  boolean off() {
    return thread == 0 || total == 0;
  }
}
