package org.onemalloc.objectfile.bytes;

/** Reads a range from its start to its end, for one thread. */
public final class Cursor {
  private final FileBytes bytes;
  private final Names names;
  private final int end;
  private int position;

  /** Creates a cursor at the start of a range. */
  public Cursor(FileBytes bytes, Names names, long offset, long length, String what) {
    this.bytes = bytes;
    this.names = names;
    this.position = bytes.check(offset, length, what);
    this.end = position + (int) length;
  }

  public boolean hasMore() {
    return position < end;
  }

  public int position() {
    return position;
  }

  /** Returns the next byte. */
  public int u8() {
    if (position >= end) {
      throw bytes.malformed("a table is truncated at offset 0x%x".formatted(position));
    }
    return bytes.u8(position++);
  }

  /** Skips the given number of bytes. */
  public void skip(int count) {
    position += bytes.check(count, end - position - (long) count, "the rest of a table");
  }

  /** Returns the next number in ULEB128 (DWARF 5, section 7.6), of at most 64 bits. */
  public long uleb128() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = u8();
      long bits = b & 0x7f;
      if (shift > 63 || (shift == 63 && bits > 1)) {
        throw bytes.malformed("the number at offset 0x%x is too large".formatted(position));
      }
      value |= bits << shift;
      if ((b & 0x80) == 0) {
        return value;
      }
    }
  }

  /** Skips the next number in SLEB128. */
  public void skipLeb128() {
    int last;
    do {
      last = u8();
    } while ((last & 0x80) != 0);
  }

  /** Returns the next text, up to a zero byte, which is skipped. */
  public String text() {
    String text = names.at(position, end);
    position += names.lastLength() + 1;
    return text;
  }
}
