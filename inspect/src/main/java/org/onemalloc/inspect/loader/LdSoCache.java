package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.allocators.LoaderCacheFile;

/** The loader's cache, searched by name as in glibc's elf/dl-cache.c. */
final class LdSoCache {
  private static final long NAMED_HWCAP = 1L << 62;

  /**
   * An entry: a line of {@code ldconfig -p}.
   *
   * @param flags its architecture and C library
   * @param path the file
   * @param hwcap the glibc-hwcaps directory that it is in, such as {@code x86-64-v3}; empty for
   *     none
   */
  record Entry(int flags, String path, String hwcap) {}

  private final Map<String, List<Entry>> byName;

  private LdSoCache(Map<String, List<Entry>> byName) {
    this.byName = byName;
  }

  /** Reads a cache; one that is missing, damaged or of another format is empty. */
  static LdSoCache read(Path file) {
    try {
      return parse(Files.readAllBytes(file));
    } catch (IOException | IndexOutOfBoundsException e) {
      return empty();
    }
  }

  static LdSoCache empty() {
    return new LdSoCache(Map.of());
  }

  static LdSoCache parse(byte[] content) {
    LoaderCacheFile cache = new LoaderCacheFile(content);
    Map<String, List<Entry>> byName = new HashMap<>();
    List<String> hwcaps = cache.count() > 0 ? cache.hwcapDirectories() : List.of();
    for (int i = 0; i < cache.count(); i++) {
      long hwcap = cache.hwcap(i);
      String directory = hwcap == 0 ? "" : named(hwcap, hwcaps);
      if (directory != null) {
        Entry entry = new Entry(cache.flags(i), cache.path(i), directory);
        byName.computeIfAbsent(cache.name(i), key -> new ArrayList<>(1)).add(entry);
      }
    }
    return new LdSoCache(byName);
  }

  /**
   * Returns the libraries of this name, in the order of the file: those for special processors
   * first.
   */
  List<Entry> find(String name) {
    return byName.getOrDefault(name, List.of());
  }

  /**
   * Returns the directory of an entry for special processors; null for the kind that glibc 2.37
   * removed.
   */
  private static String named(long hwcap, List<String> hwcaps) {
    boolean isNamed = (hwcap & ~0x3ffL << 32 & ~0xffff_ffffL) == NAMED_HWCAP;
    int index = (int) hwcap;
    return isNamed && index >= 0 && index < hwcaps.size() ? hwcaps.get(index) : null;
  }
}
