package org.onemalloc.objectfile.bytes;

/**
 * Reads the names of one table, for one thread. A table whose names overlap so much that together
 * they are far longer than the file is refused: the memory that it costs stays in proportion.
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

  /** The name from {@code offset} to the next zero byte, which is before {@code limit}. */
  public String at(long offset, long limit) {
    int end = bytes.endOfText(offset, limit);
    lastLength = end - (int) offset;
    take(lastLength);
    return bytes.text((int) offset, end);
  }

  /** The name from {@code offset} to the next zero byte. */
  public String at(long offset) {
    return at(offset, bytes.size());
  }

  /** The bytes that the last name has in the file. */
  int lastLength() {
    return lastLength;
  }

  /**
   * Counts a name of so many bytes, and the entry that it belongs to.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if that is beyond measure
   */
  public void take(int length) {
    left -= length + 1;
    if (left < 0) {
      throw bytes.malformed("its names overlap beyond measure");
    }
  }
}
