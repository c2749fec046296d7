package org.onemalloc.objectfile;

/**
 * Checks that the Java heap has room for a file before the file is read. A file that does not fit
 * is refused with an exception, so that the process can go on with other files instead of running
 * out of memory.
 */
public final class Room {
  private static final int MOST = Integer.MAX_VALUE - 64;

  /** A smaller size is not checked. */
  private static final int LITTLE = 1 << 20;

  private Room() {}

  /**
   * Creates an array for a file, or a part of one, if the array takes at most half of the remaining
   * memory: the data decoded from the file needs room too.
   *
   * @param size the size in bytes, at least 0
   * @param name the name of the file for the message
   * @return an array of zeros
   * @throws ObjectFileException if the size is 2 GiB or more, or there is no room for the array
   */
  public static byte[] of(long size, String name) {
    if (size > MOST) {
      throw new ObjectFileException(
          "%s has %d bytes, and files of 2 GiB or more are not read.".formatted(name, size));
    }
    if (size < LITTLE) {
      return new byte[(int) size];
    }
    if (size > left() / 2) {
      System.gc(); // a part of the used memory may be garbage
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
            "%s has %d MB, more than the memory that is left of the %d MB of this command: set ONEMALLOC_JAVA_OPTIONS=-Xmx4g, or inspect fewer files at once."
                .formatted(name, size >> 20, Runtime.getRuntime().maxMemory() >> 20));
    refusal.initCause(cause);
    return refusal;
  }
}
