package org.onemalloc.allocators;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The loader's cache, {@code /etc/ld.so.cache}, which ldconfig(8) writes: libraries by name.
 *
 * <p>The format is that of glibc's sysdeps/generic/dl-cache.h, "new" format 1.1, alone or after the
 * old one; elf/dl-cache.c for the extension that names the glibc-hwcaps directories. It has entries
 * for other architectures too. Entries are read on demand; in a damaged file this throws {@link
 * IndexOutOfBoundsException}.
 */
public final class LoaderCacheFile {
  private static final byte[] OLD_MAGIC = "ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
  private static final int OLD_HEADER = 16;
  private static final long OLD_ENTRY = 12;
  private static final int HEADER = 48;
  private static final int ENTRY = 24;
  private static final int EXTENSION_AT = 32;
  private static final int EXTENSION_MAGIC = 0xEAA42174;
  private static final int TAG_HWCAPS = 1;

  private final byte[] content;
  private final ByteBuffer bytes;
  private final int start;
  private final int count;

  /**
   * Creates a view of a file.
   *
   * @param content its bytes; one of another format has no entries
   * @throws IndexOutOfBoundsException if it ends within its header
   */
  public LoaderCacheFile(byte[] content) {
    this.content = content;
    this.bytes = ByteBuffer.wrap(content).order(ByteOrder.nativeOrder());
    this.start = startsWith(0, OLD_MAGIC) ? afterOldFormat() : 0;
    this.count = startsWith(start, MAGIC) ? bytes.getInt(start + MAGIC.length) : 0;
  }

  private int afterOldFormat() {
    long end = OLD_HEADER + OLD_ENTRY * bytes.getInt(OLD_MAGIC.length + 1);
    return (int) Math.min(content.length, (end + 7) & -8);
  }

  /**
   * Returns the number of entries that the file states.
   *
   * @return below 1 for none
   */
  public int count() {
    return count;
  }

  /**
   * Returns the architecture and C library of an entry.
   *
   * @param entry from 0
   */
  public int flags(int entry) {
    return bytes.getInt(at(entry));
  }

  /**
   * Returns the name that a program requests.
   *
   * @param entry from 0
   */
  public String name(int entry) {
    return text(start + bytes.getInt(at(entry) + 4));
  }

  /**
   * Returns the file of an entry.
   *
   * @param entry from 0
   */
  public String path(int entry) {
    return text(start + bytes.getInt(at(entry) + 8));
  }

  /**
   * Returns the required capabilities of the processor; 0 for none.
   *
   * @param entry from 0
   */
  public long hwcap(int entry) {
    return bytes.getLong(at(entry) + 16);
  }

  /**
   * Returns the glibc-hwcaps directories, such as {@code x86-64-v3}, whose indexes {@link #hwcap}
   * contains.
   *
   * @return the names; none if the file has no such extension
   */
  public List<String> hwcapDirectories() {
    int extension = bytes.getInt(start + EXTENSION_AT);
    if (extension == 0 || bytes.getInt(extension) != EXTENSION_MAGIC) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    int sections = bytes.getInt(extension + 4);
    for (int i = 0; i < sections; i++) {
      int section = extension + 8 + 16 * i;
      if (bytes.getInt(section) == TAG_HWCAPS) {
        int from = bytes.getInt(section + 8);
        for (int place = from; place < from + bytes.getInt(section + 12); place += 4) {
          names.add(text(bytes.getInt(place)));
        }
      }
    }
    return names;
  }

  private int at(int entry) {
    return start + HEADER + ENTRY * entry;
  }

  private String text(int from) {
    int end = from;
    while (content[end] != 0) {
      end++;
    }
    return new String(content, from, end - from, StandardCharsets.UTF_8);
  }

  private boolean startsWith(int at, byte[] magic) {
    return at >= 0
        && content.length >= at + magic.length
        && Arrays.equals(content, at, at + magic.length, magic, 0, magic.length);
  }
}
