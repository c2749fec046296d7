package org.onemalloc.allocators;

import static org.onemalloc.allocators.MallocFamily.OWN_PREFIX;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ElfType;

/** A shared library as its file describes it: nothing is loaded or run. */
final class Library {
  private static final Pattern CONFIGURATION = Pattern.compile("(?<=\0)[A-Z_]*MALLOC_CONF(?=\0)");
  private static final Pattern GPERFTOOLS = Pattern.compile("(?<=\0gperftools )\\d+[.\\d]*(?=\0)");
  private static final Pattern JEMALLOC =
      Pattern.compile("(?<=\0)[1-9]\\d*\\.\\d+\\.\\d+(?=-\\d+-g[0-9a-f]{40}\0)");
  private static final Pattern FILE_VERSION = Pattern.compile("\\.so\\.(\\d+\\.\\d[.\\d]*)$");

  private final Path path;
  private final ElfFile file;
  private final Set<String> exports;

  private Library(Path path, ElfFile file) {
    this.path = path;
    this.file = file;
    this.exports = new TreeSet<>();
    file.dynamicSymbols().stream()
        .filter(ElfSymbol::isExported)
        .map(ElfSymbol::name)
        .forEach(exports::add);
  }

  /**
   * Reads a library.
   *
   * @param wanted the kind that it must have
   * @throws AllocatorException if it is missing, unreadable, not an ELF file, not a shared library,
   *     or for another architecture
   */
  static Library read(Path path, ElfKind wanted) {
    if (!Files.exists(path)) {
      throw new AllocatorException(
          "There is no file " + path + ": give the path of a shared library.");
    }
    try {
      ElfFile file = ElfFile.read(path);
      if (!file.kind().equals(wanted)) {
        throw new AllocatorException(
            "%s is built for %s and %s is %s: give the library of this architecture."
                .formatted(
                    path,
                    file.kind().title(),
                    Machine.isThis(wanted) ? "this machine" : "the program",
                    wanted.title()));
      }
      if (file.type() != ElfType.DYN || ElfPrograms.isProgram(file)) {
        throw new AllocatorException(
            path + " is a program or an object file: give the path of a shared library.");
      }
      return new Library(path, file);
    } catch (ObjectFileException e) {
      throw new AllocatorException(e.getMessage(), e);
    } catch (IOException e) {
      throw new AllocatorException("Cannot read " + path + " (" + e + ").", e);
    }
  }

  Path path() {
    return path;
  }

  Set<String> exports() {
    return exports;
  }

  Kind kind() {
    return Kind.of(exports, path.getFileName().toString());
  }

  /** Returns whether it is for musl, whose C library is {@code libc.so} or has musl in its name. */
  boolean isForMusl() {
    return file.needed().stream().anyMatch(n -> n.equals("libc.so") || n.contains("musl"));
  }

  /** Returns whether it calls what throws C++ exceptions, as code compiled as C does not. */
  boolean canThrow() {
    return file.dynamicSymbols().stream()
        .map(ElfSymbol::name)
        .anyMatch(name -> name.equals("__cxa_throw") || name.contains("throw_bad_alloc"));
  }

  boolean hasStaticTls() {
    return file.hasStaticTls();
  }

  boolean hasDynamicTls() {
    return file.hasDynamicTls();
  }

  long tlsSize() {
    return file.tlsSize();
  }

  /** Returns the variable that a jemalloc reads; builds with a prefix read another one. */
  String configuration() {
    return kind() == Kind.JEMALLOC ? file.findInReadOnlyData(CONFIGURATION).orElse("") : "";
  }

  /** Returns the features that show in its exports. */
  Set<Feature> features() {
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    if (offers("mi_stats_print", OWN_PREFIX + "mi_stats_print", "MallocExtension_GetStats")) {
      features.add(Feature.STATISTICS);
    }
    if (offers("HeapProfilerStart")) {
      features.add(Feature.PROFILING);
    }
    // mimalloc's mi_free_size ignores the size, and so does every free_sized that leads to it.
    if (kind() != Kind.MIMALLOC
        && offers("sdallocx", "je_sdallocx", "tc_free_sized", "free_sized")) {
      features.add(Feature.SIZED_FREE);
    }
    if (offers("xallocx", "je_xallocx", "mi_expand", OWN_PREFIX + "mi_expand")) {
      features.add(Feature.RESIZE_IN_PLACE);
    }
    return features;
  }

  private boolean offers(String... names) {
    for (String name : names) {
      if (exports.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the version that the file states, or the empty string. */
  String version() {
    Optional<String> version =
        switch (kind()) {
          case MIMALLOC -> MimallocVersion.of(file);
          case JEMALLOC -> file.findInReadOnlyData(JEMALLOC);
          case TCMALLOC -> file.findInReadOnlyData(GPERFTOOLS);
          case SNMALLOC, OTHER, SYSTEM -> Optional.empty();
        };
    return version.orElseGet(this::versionOfFileName);
  }

  private String versionOfFileName() {
    try {
      Matcher matcher = FILE_VERSION.matcher(path.toRealPath().toString());
      return matcher.find() ? matcher.group(1) : "";
    } catch (IOException e) {
      throw new AllocatorException("Cannot read " + path + " (" + e + ").", e);
    }
  }
}
