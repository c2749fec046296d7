package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What ldconfig(8) wrote for the loader: libraries by name (glibc, sysdeps/generic/dl-cache.h, and
 * elf/dl-cache.c for how it is searched). Every table is bounded by the file, so that a damaged one
 * finds less, not more.
 */
final class LdSoCache {
  private static final byte[] OLD_MAGIC = "ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 48;
  private static final int ENTRY = 24;
  private static final int EXTENSION_MAGIC = 0xEAA42174;
  private static final int TAG_HWCAPS = 1;
  private static final long NAMED_HWCAP = 1L << 62;

  /**
   * One line of {@code ldconfig -p}.
   *
   * @param flags which architecture and C library it is for
   * @param path the file
   * @param hwcap the glibc-hwcaps directory that it lies in, {@code x86-64-v3}; empty for none
   */
  record Entry(int flags, String path, String hwcap) {}

  private final Map<String, List<Entry>> byName;

  private LdSoCache(Map<String, List<Entry>> byName) {
    this.byName = byName;
  }

  /** Reads a cache; one that is missing, damaged or of another format has nothing in it. */
  static LdSoCache read(Path file) {
    try {
      return parse(Files.readAllBytes(file));
    } catch (IOException | IndexOutOfBoundsException e) {
      return new LdSoCache(Map.of());
    }
  }

  static LdSoCache parse(byte[] content) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.nativeOrder());
    int start = 0;
    if (startsWith(content, 0, OLD_MAGIC)) {
      start = (int) Math.min(content.length, (16 + 12L * bytes.getInt(12) + 7) & -8);
    }
    Map<String, List<Entry>> byName = new HashMap<>();
    if (!startsWith(content, start, MAGIC)) {
      return new LdSoCache(byName);
    }
    List<String> hwcaps = hwcaps(content, bytes, start);
    int count = bytes.getInt(start + 20);
    for (int i = 0; i < count; i++) {
      int at = start + HEADER + ENTRY * i;
      long hwcap = bytes.getLong(at + 16);
      String directory = hwcap == 0 ? "" : named(hwcap, hwcaps);
      if (directory != null) {
        Entry entry =
            new Entry(bytes.getInt(at), text(content, start + bytes.getInt(at + 8)), directory);
        String name = text(content, start + bytes.getInt(at + 4));
        byName.computeIfAbsent(name, key -> new ArrayList<>(1)).add(entry);
      }
    }
    return new LdSoCache(byName);
  }

  /** The libraries of this name, in the order of the file: those for special processors first. */
  List<Entry> find(String name) {
    return byName.getOrDefault(name, List.of());
  }

  /** The directory of an entry for special processors; null for the kind given up in glibc 2.37. */
  private static String named(long hwcap, List<String> hwcaps) {
    boolean isNamed = (hwcap & ~0x3ffL << 32 & ~0xffff_ffffL) == NAMED_HWCAP;
    int index = (int) hwcap;
    return isNamed && index >= 0 && index < hwcaps.size() ? hwcaps.get(index) : null;
  }

  /** The extension section that names the glibc-hwcaps directories. */
  private static List<String> hwcaps(byte[] content, ByteBuffer bytes, int start) {
    int extension = bytes.getInt(start + 32);
    if (extension == 0 || bytes.getInt(extension) != EXTENSION_MAGIC) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    int sections = bytes.getInt(extension + 4);
    for (int i = 0; i < sections; i++) {
      int at = extension + 8 + 16 * i;
      if (bytes.getInt(at) == TAG_HWCAPS) {
        int from = bytes.getInt(at + 8);
        for (int place = from; place < from + bytes.getInt(at + 12); place += 4) {
          names.add(text(content, bytes.getInt(place)));
        }
      }
    }
    return names;
  }

  private static String text(byte[] content, int from) {
    int end = from;
    while (content[end] != 0) {
      end++;
    }
    return new String(content, from, end - from, StandardCharsets.UTF_8);
  }

  private static boolean startsWith(byte[] content, int at, byte[] magic) {
    return at >= 0
        && content.length >= at + magic.length
        && Arrays.equals(content, at, at + magic.length, magic, 0, magic.length);
  }
}
