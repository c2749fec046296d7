package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.Room;

/**
 * A zip file's entries, unpacked one by one.
 *
 * <p>All archives below one path share a budget of bytes to unpack, so that the cost of a hostile
 * archive is proportional to its size.
 */
final class ZipArchive {
  /**
   * The limit of the ratio of unpacked to packed size: real libraries have 2 or 3, those full of
   * zeros 20.
   */
  private static final long MULTIPLE = 100;

  private static final long ALLOWANCE = 64L << 20;
  private static final int LOCAL_HEADER = 30;
  private static final int LOCAL = 0x04034b50;
  private static final int CHUNK = 1 << 16;

  private final RandomBytes bytes;
  private final String name;
  private final AtomicLong budget;

  ZipArchive(RandomBytes bytes, String name, AtomicLong budget) {
    this.bytes = bytes;
    this.name = name;
    this.budget = budget;
  }

  /** Returns how many bytes may be unpacked of an archive of the given size. */
  static AtomicLong budgetFor(long size) {
    return new AtomicLong(MULTIPLE * size + ALLOWANCE);
  }

  List<ZipEntries.Entry> entries() throws IOException {
    return ZipEntries.of(bytes, name);
  }

  /** Returns the first bytes of an entry, at most {@code count}. */
  byte[] start(ZipEntries.Entry entry, int count) throws IOException {
    RandomBytes data = data(entry);
    if (entry.method() == 0) {
      return data.read(0, count);
    }
    byte[] start = new byte[count];
    int length = inflate(data, entry, start);
    return Arrays.copyOf(start, length);
  }

  /** Returns a whole entry. */
  byte[] unpack(ZipEntries.Entry entry) throws IOException {
    if (budget.addAndGet(-entry.size()) < 0) {
      throw damaged(entry, "is not read, because the archive unpacks to far more than its size");
    }
    RandomBytes data = data(entry);
    if (entry.method() == 0) {
      return data.read(0, data.size());
    }
    byte[] content = Room.of(entry.size(), pathOf(entry));
    if (inflate(data, entry, content) < content.length) {
      throw damaged(entry, "is shorter than the archive says");
    }
    return content;
  }

  /** Returns the bytes of an entry: in place if it is stored, otherwise unpacked. */
  RandomBytes content(ZipEntries.Entry entry) throws IOException {
    return entry.method() == 0 ? data(entry) : RandomBytes.of(unpack(entry), pathOf(entry));
  }

  /** Opens an entry that is itself an archive. */
  ZipArchive open(ZipEntries.Entry entry) throws IOException {
    return new ZipArchive(content(entry), pathOf(entry), budget);
  }

  String pathOf(ZipEntries.Entry entry) {
    return name + "!/" + entry.name();
  }

  private ObjectFileException damaged(ZipEntries.Entry entry, String what) {
    return new ObjectFileException(pathOf(entry) + " " + what + ".");
  }

  /**
   * Returns the packed bytes, which follow the local header; its name and extra field may differ
   * from the directory's.
   */
  private RandomBytes data(ZipEntries.Entry entry) throws IOException {
    byte[] header = bytes.read(entry.offset(), LOCAL_HEADER);
    if (header.length < LOCAL_HEADER || u16(header, 0) + (u16(header, 2) << 16) != LOCAL) {
      throw damaged(entry, "has no local header");
    }
    long start = entry.offset() + LOCAL_HEADER + u16(header, 26) + u16(header, 28);
    if (start > bytes.size() - entry.packed()) {
      throw damaged(entry, "lies outside its archive");
    }
    return bytes.part(start, entry.packed());
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  /** Inflates until {@code into} is full or the entry ends; returns the number of bytes. */
  private int inflate(RandomBytes data, ZipEntries.Entry entry, byte[] into) throws IOException {
    Inflater inflater = new Inflater(true);
    try {
      long at = 0;
      int filled = 0;
      while (filled < into.length && !inflater.finished()) {
        if (inflater.needsInput()) {
          byte[] chunk = data.read(at, Math.min(CHUNK, 64L + into.length));
          if (chunk.length == 0) {
            throw damaged(entry, "ends too early");
          }
          at += chunk.length;
          inflater.setInput(chunk);
        }
        int count = inflater.inflate(into, filled, into.length - filled);
        if (count == 0 && !inflater.needsInput() && !inflater.finished()) {
          throw damaged(entry, "cannot be inflated");
        }
        filled += count;
      }
      return filled;
    } catch (DataFormatException e) {
      throw damaged(entry, "cannot be inflated");
    } finally {
      inflater.end();
    }
  }
}
