package org.onemalloc.objectfile.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * The bytes of an ELF file with its class and byte order. Every access is checked; an access
 * outside the file throws an {@link ObjectFileException} that names the file and the offset.
 *
 * <p>The bytes are writable, so that editors can use the same accessors; {@link ElfFile} never
 * writes.
 */
final class ElfBytes {
  private final byte[] content;
  private final ByteBuffer buffer;
  private final String name;
  private final boolean is64Bit;

  ElfBytes(byte[] content, String name, boolean is64Bit, ByteOrder order) {
    this.content = content;
    this.buffer = ByteBuffer.wrap(content).order(order);
    this.name = name;
    this.is64Bit = is64Bit;
  }

  /** Returns other bytes with the same class, byte order and name. */
  ElfBytes over(byte[] other) {
    return new ElfBytes(other, name, is64Bit, order());
  }

  boolean is64Bit() {
    return is64Bit;
  }

  ByteOrder order() {
    return buffer.order();
  }

  String name() {
    return name;
  }

  byte[] array() {
    return content;
  }

  int size() {
    return content.length;
  }

  /** Returns the size of an address, an offset or a dynamic value in bytes: 4 or 8. */
  int wordSize() {
    return is64Bit ? 8 : 4;
  }

  int symbolSize() {
    return is64Bit ? 24 : 16;
  }

  int segmentHeaderSize() {
    return is64Bit ? 56 : 32;
  }

  int sectionHeaderSize() {
    return is64Bit ? 64 : 40;
  }

  ObjectFileException malformed(String what) {
    return new ObjectFileException(name + " is not a well-formed ELF file: " + what + ".");
  }

  /** Checks a range of the file, both numbers unsigned, and returns its start as an index. */
  int check(long offset, long length, String what) {
    if (offset < 0 || length < 0 || offset > content.length - length) {
      throw malformed(
          "%s of %s bytes at offset 0x%s lies outside its %d bytes"
              .formatted(
                  what, Long.toUnsignedString(length), Long.toHexString(offset), content.length));
    }
    return (int) offset;
  }

  static long alignUp(long value, long alignment) {
    return (value + alignment - 1) & -alignment;
  }

  int u8(long offset) {
    return buffer.get(check(offset, 1, "a byte")) & 0xff;
  }

  int u16(long offset) {
    return buffer.getShort(check(offset, 2, "a number")) & 0xffff;
  }

  int i32(long offset) {
    return buffer.getInt(check(offset, 4, "a number"));
  }

  long u32(long offset) {
    return i32(offset) & 0xffff_ffffL;
  }

  long i64(long offset) {
    return buffer.getLong(check(offset, 8, "a number"));
  }

  /** Returns a word of the file's class, zero-extended. */
  long word(long offset) {
    return is64Bit ? i64(offset) : u32(offset);
  }

  /** Returns a word of the file's class, sign-extended. */
  long signedWord(long offset) {
    return is64Bit ? i64(offset) : i32(offset);
  }

  void putU16(long offset, int value) {
    buffer.putShort(check(offset, 2, "a number"), (short) value);
  }

  void putU32(long offset, long value) {
    buffer.putInt(check(offset, 4, "a number"), (int) value);
  }

  void putI64(long offset, long value) {
    buffer.putLong(check(offset, 8, "a number"), value);
  }

  void putWord(long offset, long value) {
    if (is64Bit) {
      putI64(offset, value);
    } else {
      putU32(offset, value);
    }
  }

  void put(long offset, byte[] bytes) {
    System.arraycopy(bytes, 0, content, check(offset, bytes.length, "a block"), bytes.length);
  }

  /**
   * Returns the offset of the first zero byte at or after {@code offset} and before {@code limit}.
   */
  int endOfText(int offset, int limit) {
    for (int i = offset; i < limit; i++) {
      if (content[i] == 0) {
        return i;
      }
    }
    throw malformed("the string at offset 0x%x has no end".formatted(offset));
  }

  String text(int from, int to) {
    return new String(content, from, to - from, StandardCharsets.UTF_8);
  }
}
