package org.onemalloc.allocators;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The allocators that are known by name; {@link #OTHER} is everything else.
 *
 * <p>A library is recognised by what it exports, never by what its file is called.
 */
public enum Kind {
  /** The malloc of the C library. */
  SYSTEM,
  /** Microsoft's mimalloc. */
  MIMALLOC,
  /** jemalloc. */
  JEMALLOC,
  /** The tcmalloc of gperftools. */
  TCMALLOC,
  /** snmalloc's shim for C programs. */
  SNMALLOC,
  /** Any other library. */
  OTHER;

  /** Returns the stable word for this kind, which is also its name on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the file names it is installed under, without {@code .so} and suffix, best first. Of
   * tcmalloc the minimal build: the other one carries a CPU and a heap profiler and an unwinder
   * that a program on an allocator does not need.
   */
  List<String> stems() {
    return switch (this) {
      case MIMALLOC -> List.of("libmimalloc");
      case JEMALLOC -> List.of("libjemalloc");
      case TCMALLOC -> List.of("libtcmalloc_minimal", "libtcmalloc");
      case SNMALLOC -> List.of("libsnmallocshim");
      case SYSTEM, OTHER -> List.of();
    };
  }

  /** Returns the packages that install it. */
  String packageName() {
    return switch (this) {
      case MIMALLOC -> "Debian: libmimalloc3 or libmimalloc2.0";
      case JEMALLOC -> "Debian: libjemalloc2, Fedora: jemalloc";
      case TCMALLOC -> "Debian: libtcmalloc-minimal4, Fedora: gperftools-libs";
      case SNMALLOC -> "built from github.com/microsoft/snmalloc";
      case SYSTEM, OTHER -> "";
    };
  }

  /** Returns the kind of a library that exports these names and was found under this file name. */
  static Kind of(Set<String> exports, String fileName) {
    // snmalloc and gperftools export jemalloc's names too (snmalloc override/jemalloc_compat.cc)
    if (exports.contains("tc_version")) {
      return TCMALLOC;
    }
    if (fileName.startsWith("libsnmalloc") || exports.contains("sn_rust_alloc")) {
      return SNMALLOC;
    }
    if (exports.contains("mi_version")) {
      return MIMALLOC;
    }
    boolean jemalloc = exports.contains("mallctl") || exports.contains("je_mallctl");
    return jemalloc ? JEMALLOC : OTHER;
  }
}
