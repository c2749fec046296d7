package org.onemalloc.objectfile.bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * A part of a file that is read as a file of its own, with one byte order. Every access is checked;
 * an access outside the part throws an {@link ObjectFileException} that names the file and the
 * place. Offsets are relative to the start of the part.
 */
public final class FileBytes {
  private final byte[] content;
  private final ByteBuffer buffer;
  private final int start;
  private final int size;
  private final String name;
  private final String format;

  /**
   * Creates a part that consists of the whole file.
   *
   * @param content the whole file; not copied
   * @param name the name of the file for messages
   * @param format the expected format of the file, such as {@code PE}
   */
  public FileBytes(byte[] content, String name, String format, ByteOrder order) {
    this(content, order, 0, content.length, name, format);
  }

  private FileBytes(
      byte[] content, ByteOrder order, int start, int size, String name, String format) {
    this.content = content;
    this.buffer = ByteBuffer.wrap(content).order(order);
    this.start = start;
    this.size = size;
    this.name = name;
    this.format = format;
  }

  /** Returns the same part with another byte order. */
  public FileBytes in(ByteOrder order) {
    return new FileBytes(content, order, start, size, name, format);
  }

  /** Returns a part of this part, with a name of its own. */
  public FileBytes part(long offset, long length, String partName, String what) {
    int from = check(offset, length, what);
    return new FileBytes(content, buffer.order(), start + from, (int) length, partName, format);
  }

  public String name() {
    return name;
  }

  /** Returns the number of bytes. */
  public int size() {
    return size;
  }

  /** Returns a copy of all bytes. */
  public byte[] copy() {
    return Arrays.copyOfRange(content, start, start + size);
  }

  /**
   * Returns the exception for a fault, which is given as a clause such as {@code its table has no
   * end}.
   */
  public ObjectFileException malformed(String what) {
    return new ObjectFileException(
        "%s is not a well-formed %s file: %s.".formatted(name, format, what));
  }

  /** Checks a range, both numbers unsigned, and returns its start. */
  public int check(long offset, long length, String what) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw malformed(
          "%s of %s bytes at offset 0x%s lies outside its %d bytes"
              .formatted(what, Long.toUnsignedString(length), Long.toHexString(offset), size));
    }
    return (int) offset;
  }

  public int u8(long offset) {
    return buffer.get(start + check(offset, 1, "a byte")) & 0xff;
  }

  public int u16(long offset) {
    return buffer.getShort(start + check(offset, 2, "a number")) & 0xffff;
  }

  public int i32(long offset) {
    return buffer.getInt(start + check(offset, 4, "a number"));
  }

  public long u32(long offset) {
    return i32(offset) & 0xffff_ffffL;
  }

  public long i64(long offset) {
    return buffer.getLong(start + check(offset, 8, "a number"));
  }

  /** Returns a number of 4 bytes, zero-extended, or of 8 bytes. */
  public long word(long offset, boolean wide) {
    return wide ? i64(offset) : u32(offset);
  }

  /**
   * Returns the text of {@code length} bytes at {@code offset}, up to its first zero byte, if any.
   */
  public String paddedText(long offset, int length) {
    int from = check(offset, length, "a name");
    int end = from;
    while (end < from + length && buffer.get(start + end) != 0) {
      end++;
    }
    return text(from, end);
  }

  /**
   * Returns the offset of the first zero byte at or after {@code offset} and before {@code limit}.
   */
  int endOfText(long offset, long limit) {
    int from = check(offset, Math.max(0, limit - offset), "a string");
    for (int i = from; i < limit; i++) {
      if (buffer.get(start + i) == 0) {
        return i;
      }
    }
    throw malformed("the string at offset 0x%x has no end".formatted(offset));
  }

  String text(int from, int to) {
    return new String(content, start + from, to - from, StandardCharsets.UTF_8);
  }
}
