package org.onemalloc.objectfile;

/**
 * Room in the heap for what is about to be read. A file that does not fit is refused with a
 * sentence before it is read, so that it costs its reader neither the other files nor the process.
 */
public final class Room {
  private static final int MOST = Integer.MAX_VALUE - 64;

  /** Less than this is not asked about. */
  private static final int LITTLE = 1 << 20;

  private Room() {}

  /**
   * Makes an array for a file, or a part of one, if at most half of the memory that is left is
   * needed for it: what is decoded of it needs room too.
   *
   * @param size bytes, at least 0
   * @param name what to call it in the message
   * @return an array of zeros
   * @throws ObjectFileException if it has 2 GiB or more, or there is no room for it
   */
  public static byte[] of(long size, String name) {
    if (size > MOST) {
      throw new ObjectFileException(
          "%s has %d bytes, and what has 2 GiB and more is not read.".formatted(name, size));
    }
    if (size < LITTLE) {
      return new byte[(int) size];
    }
    if (size > left() / 2) {
      System.gc(); // what is counted as used may be garbage
    }
    try {
      if (size <= left() / 2) {
        return new byte[(int) size];
      }
    } catch (OutOfMemoryError e) {
      throw tooLarge(size, name, e);
    }
    throw tooLarge(size, name, null);
  }

  private static long left() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }

  private static ObjectFileException tooLarge(long size, String name, OutOfMemoryError cause) {
    ObjectFileException refusal =
        new ObjectFileException(
            "%s has %d MB, too much for the memory that is left of this command's %d MB: set ONEMALLOC_JAVA_OPTIONS=-Xmx4g, or look at fewer files at once."
                .formatted(name, size >> 20, Runtime.getRuntime().maxMemory() >> 20));
    refusal.initCause(cause);
    return refusal;
  }
}
