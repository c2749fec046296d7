package org.onemalloc.allocators;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The libraries that the loader of this machine would find by name: those of {@code
 * /etc/ld.so.cache} and those of its default directories (musl has no cache).
 */
final class LoaderCache {
  private final List<Path> libraries;

  private LoaderCache(List<Path> libraries) {
    this.libraries = libraries;
  }

  /**
   * Returns a cache without libraries, for programs that the loader of this machine cannot load.
   */
  static LoaderCache empty() {
    return new LoaderCache(List.of());
  }

  /** Reads the cache and the default directories of this machine. */
  static LoaderCache ofThisMachine() {
    String triplet = System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu";
    List<Path> directories = new ArrayList<>();
    for (String base : List.of("/usr/local/lib", "/usr/lib", "/lib")) {
      directories.add(Path.of(base, triplet));
      directories.add(Path.of(base + "64"));
      directories.add(Path.of(base));
    }
    return of(Path.of("/etc/ld.so.cache"), directories);
  }

  /** Reads directories, and a cache if it exists in a format that this class knows. */
  static LoaderCache of(Path cache, List<Path> directories) {
    List<Path> libraries = new ArrayList<>();
    if (Files.isReadable(cache)) {
      try {
        libraries.addAll(parse(Files.readAllBytes(cache)));
      } catch (IOException | IndexOutOfBoundsException e) {
        // The loader too ignores a damaged cache and looks into the directories.
        libraries.clear();
      }
    }
    for (Path directory : directories) {
      // File.list: a Path for each of thousands of names would take milliseconds.
      String[] names = directory.toFile().list(LoaderCache::isLibrary);
      if (names != null) {
        Arrays.sort(names);
        Arrays.stream(names).map(directory::resolve).forEach(libraries::add);
      }
    }
    return new LoaderCache(List.copyOf(libraries));
  }

  private static boolean isLibrary(File directory, String name) {
    return name.startsWith("lib") && name.contains("malloc") && name.contains(".so");
  }

  /**
   * Returns the paths in a loader cache, in its order.
   *
   * @throws IndexOutOfBoundsException if it is damaged
   */
  static List<Path> parse(byte[] content) {
    LoaderCacheFile cache = new LoaderCacheFile(content);
    List<Path> paths = new ArrayList<>();
    for (int entry = 0; entry < cache.count(); entry++) {
      paths.add(Path.of(cache.path(entry)));
    }
    return paths;
  }

  /**
   * Returns the libraries of a name with any suffix, newest first: {@code libjemalloc} finds {@code
   * libjemalloc.so.2} before {@code libjemalloc.so.1}. Each file is returned once, however many
   * links lead to it, under the name that its package gives it for loading.
   */
  List<Path> find(String stem) {
    Set<Path> seen = new HashSet<>();
    List<Path> found = new ArrayList<>();
    for (Path library : libraries) {
      String name = library.getFileName().toString();
      if ((name.equals(stem + ".so") || name.startsWith(stem + ".so."))
          && Files.isRegularFile(library)) {
        found.add(library);
      }
    }
    found.sort(Comparator.comparing(LoaderCache::suffix, LoaderCache::newestFirst));
    List<Path> each = new ArrayList<>();
    for (Path library : found) {
      try {
        if (seen.add(library.toRealPath())) {
          each.add(library.getParent().toRealPath().resolve(library.getFileName()));
        }
      } catch (IOException e) {
        // It was removed after it was listed.
      }
    }
    return each;
  }

  /** Returns the numbers after ".so"; none for the name that only the linker uses. */
  private static int[] suffix(Path library) {
    String name = library.getFileName().toString();
    return Arrays.stream(name.substring(name.indexOf(".so") + 3).split("\\.", -1))
        .filter(part -> !part.isEmpty())
        .mapToInt(part -> part.matches("\\d{1,9}") ? Integer.parseInt(part) : 0)
        .toArray();
  }

  /** Orders the shorter of two names for one file first: it is the one that survives updates. */
  private static int newestFirst(int[] a, int[] b) {
    if (a.length == 0 || b.length == 0) {
      return Integer.compare(b.length, a.length);
    }
    int common = Math.min(a.length, b.length);
    int order = Arrays.compare(b, 0, common, a, 0, common);
    return order != 0 ? order : Integer.compare(a.length, b.length);
  }
}
