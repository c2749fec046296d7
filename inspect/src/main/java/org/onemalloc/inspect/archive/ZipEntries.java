package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * The central directory of a zip file (PKWARE, "APPNOTE.TXT", 4.3): its entries and their places.
 *
 * <p>Offsets are corrected for bytes before the archive, as in a jmod file. Entries whose bytes
 * overlap are refused: that is how a small file unpacks to a huge one (Fifield, "A better zip
 * bomb", 2019).
 */
final class ZipEntries {
  /**
   * An entry.
   *
   * @param flags the general purpose bits
   * @param method 0 stored, 8 deflated
   * @param packed bytes in the archive
   * @param size bytes unpacked, as the directory claims
   * @param offset where its local header is
   */
  record Entry(String name, int flags, int method, long packed, long size, long offset) {
    boolean isReadable() {
      return (flags & 1) == 0 && (method == 0 || method == 8);
    }
  }

  private static final int END = 0x06054b50;
  private static final int END_SIZE = 22;
  private static final int ZIP64_LOCATOR = 0x07064b50;
  private static final int ZIP64_END = 0x06064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_SIZE = 46;
  private static final long UNKNOWN = 0xffff_ffffL;

  private final RandomBytes bytes;
  private final String name;

  private ZipEntries(RandomBytes bytes, String name) {
    this.bytes = bytes;
    this.name = name;
  }

  /** Returns the entries in the order of their bytes. */
  static List<Entry> of(RandomBytes bytes, String name) throws IOException {
    return new ZipEntries(bytes, name).read();
  }

  private ObjectFileException malformed(String what) {
    return new ObjectFileException(name + " is not a well-formed zip file: " + what + ".");
  }

  private List<Entry> read() throws IOException {
    long length = bytes.size();
    long tailStart = Math.max(0, length - END_SIZE - 0xffff);
    ByteBuffer tail = little(bytes.read(tailStart, length - tailStart));
    int end = tail.limit() - END_SIZE;
    while (end >= 0 && tail.getInt(end) != END) {
      end--;
    }
    if (end < 0) {
      throw malformed("it has no end record");
    }
    long size = tail.getInt(end + 12) & UNKNOWN;
    long offset = tail.getInt(end + 16) & UNKNOWN;
    long directoryEnd = tailStart + end;
    if (end >= 20 && tail.getInt(end - 20) == ZIP64_LOCATOR) {
      ByteBuffer wide = little(bytes.read(zip64End(tail, end - 20, directoryEnd), 56));
      size = wide.getLong(40);
      offset = wide.getLong(48);
      directoryEnd -= 20 + 56;
    }
    long start = directoryEnd - size;
    if (size < 0 || size > Integer.MAX_VALUE - 64 || start < 0 || offset < 0 || offset > start) {
      throw malformed("its directory is outside the file");
    }
    return entries(little(bytes.read(start, size)), start, start - offset);
  }

  /**
   * Returns the place of the record with 64-bit numbers, which is directly before its locator
   * (without extensible data).
   */
  private long zip64End(ByteBuffer tail, int locator, long end) throws IOException {
    long at = end - 20 - 56;
    if (at < 0
        || little(bytes.read(at, 4)).getInt(0) != ZIP64_END
        || tail.getLong(locator + 8) > at) {
      throw malformed("it has no 64-bit end record");
    }
    return at;
  }

  private List<Entry> entries(ByteBuffer directory, long directoryStart, long before) {
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    while (at < directory.limit()) {
      if (at + CENTRAL_SIZE > directory.limit() || directory.getInt(at) != CENTRAL) {
        throw malformed("entry %d of its directory is damaged".formatted(entries.size()));
      }
      int nameLength = directory.getShort(at + 28) & 0xffff;
      int extraLength = directory.getShort(at + 30) & 0xffff;
      int next = at + CENTRAL_SIZE + nameLength + extraLength;
      next += directory.getShort(at + 32) & 0xffff;
      if (next > directory.limit()) {
        throw malformed("entry %d of its directory is cut off".formatted(entries.size()));
      }
      entries.add(entry(directory, at, nameLength, extraLength, before));
      at = next;
    }
    entries.sort(Comparator.comparingLong(Entry::offset));
    check(entries, directoryStart);
    return entries;
  }

  private Entry entry(ByteBuffer directory, int at, int nameLength, int extraLength, long before) {
    byte[] text = new byte[nameLength];
    directory.get(at + CENTRAL_SIZE, text);
    long size = directory.getInt(at + 24) & UNKNOWN;
    long packed = directory.getInt(at + 20) & UNKNOWN;
    long offset = directory.getInt(at + 42) & UNKNOWN;
    if (size == UNKNOWN || packed == UNKNOWN || offset == UNKNOWN) {
      int extra = at + CENTRAL_SIZE + nameLength;
      int end = extra + extraLength;
      while (extra + 4 <= end && directory.getShort(extra) != 1) {
        extra += 4 + (directory.getShort(extra + 2) & 0xffff);
      }
      extra += 4;
      if (size == UNKNOWN) {
        size = wide(directory, extra, end);
        extra += 8;
      }
      if (packed == UNKNOWN) {
        packed = wide(directory, extra, end);
        extra += 8;
      }
      if (offset == UNKNOWN) {
        offset = wide(directory, extra, end);
      }
    }
    return new Entry(
        new String(text, StandardCharsets.UTF_8),
        directory.getShort(at + 8),
        directory.getShort(at + 10),
        packed,
        size,
        before + offset);
  }

  private long wide(ByteBuffer directory, int at, int end) {
    if (at + 8 > end) {
      throw malformed("an entry's 64-bit size is missing");
    }
    return directory.getLong(at);
  }

  private void check(List<Entry> entries, long directoryStart) {
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      long limit = i + 1 < entries.size() ? entries.get(i + 1).offset() : directoryStart;
      if (entry.offset() < 0
          || entry.size() < 0
          || entry.packed() < 0
          || entry.packed() > limit - entry.offset() - 30) {
        throw malformed("the entry " + entry.name() + " overlaps another or is outside the file");
      }
    }
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
