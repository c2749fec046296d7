package org.onemalloc.objectfile.bytes;

/**
 * Reads the names of one table, for one thread. A table in which the names overlap so much that
 * their total length far exceeds that of the file is refused, so that the memory needed stays in
 * proportion to the file.
 */
public final class Names {
  private static final long MULTIPLE = 16;
  private static final int ALLOWANCE = 1 << 16;

  private final FileBytes bytes;
  private long left;
  private int lastLength;

  public Names(FileBytes bytes) {
    this.bytes = bytes;
    this.left = MULTIPLE * bytes.size() + ALLOWANCE;
  }

  /**
   * Returns the name from {@code offset} to the next zero byte, which must be before {@code limit}.
   */
  public String at(long offset, long limit) {
    int end = bytes.endOfText(offset, limit);
    lastLength = end - (int) offset;
    take(lastLength);
    return bytes.text((int) offset, end);
  }

  /** Returns the name from {@code offset} to the next zero byte. */
  public String at(long offset) {
    return at(offset, bytes.size());
  }

  /** Returns the length of the last name in the file in bytes. */
  int lastLength() {
    return lastLength;
  }

  /**
   * Counts a name of {@code length} bytes, and the entry that it belongs to.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if the total exceeds the limit
   */
  public void take(int length) {
    left -= length + 1;
    if (left < 0) {
      throw bytes.malformed("its names overlap");
    }
  }
}
