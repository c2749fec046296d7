package org.onemalloc.allocators;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfKind;

/** Describes a library from its file, and from what a program says that loads it. */
final class Describer {
  /**
   * The bytes of static TLS that libraries loaded into a running program can count on: glibc's
   * default for rtld.optional_static_tls (manual, "Dynamic Linking Tunables"). There is more room,
   * but the JVM and its libraries use some of it.
   */
  static final long STATIC_TLS_ROOM = 512;

  private Describer() {}

  /**
   * Describes a library by reading it and, if it is for this machine, by loading it into a small
   * program.
   *
   * @param path the library
   * @param preloaded a path of it that LD_PRELOAD can carry; the same path where there is none
   * @param programs the kind of the programs that it is for
   * @throws AllocatorException if it is not a shared library of this kind
   */
  static Description describe(Path path, Path preloaded, ElfKind programs) {
    Library library = Library.read(path, programs);
    String configuration = library.configuration();
    Optional<TestLoad> load =
        Preloading.canCarry(preloaded) && Machine.isThis(programs)
            ? TestLoad.of(preloaded, configuration)
            : Optional.empty();
    String problem = load.map(TestLoad::problem).orElse("");
    Fitness link = asReplacement(library, problem);
    Fitness preload =
        link.fit() && !Preloading.canCarry(preloaded)
            ? Fitness.unfit("its path has a space, a colon or a dollar sign: copy it elsewhere")
            : link;
    return new Description(
        library.kind(),
        library.version(),
        features(library, load),
        MallocFamily.missing(library.exports()),
        load.flatMap(l -> l.find("page"))
            .filter(page -> page.matches("\\d{1,9}"))
            .map(Long::parseLong)
            .orElse(0L),
        configuration,
        defect(library),
        preload,
        asPrivateHeap(library, problem),
        link);
  }

  /** A jemalloc exports these functions always; its statistics say whether they are compiled in. */
  private static Set<Feature> features(Library library, Optional<TestLoad> load) {
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    features.addAll(library.features());
    if (load.flatMap(l -> l.find("stats")).filter("true"::equals).isPresent()) {
      features.add(Feature.STATISTICS);
    }
    if (load.flatMap(l -> l.find("prof")).filter("true"::equals).isPresent()) {
      features.add(Feature.PROFILING);
    }
    return features;
  }

  /**
   * mimalloc before 1.8 and 2.1 starts its pages for small blocks where a block of a power of two
   * is not aligned to its size, but takes it to be (src/alloc-aligned.c; commit 4bf63300). A
   * mimalloc that defines operator new but is compiled as C, as Debian's is, cannot throw and calls
   * abort() (src/alloc.c, mi_try_new_handler).
   */
  private static String defect(Library library) {
    if (library.kind() != Kind.MIMALLOC) {
      return "";
    }
    List<String> defects = new ArrayList<>();
    if (library.version().startsWith("2.0.") || library.version().startsWith("1.7.")) {
      defects.add(
          "posix_memalign(256, 256) is not aligned (mimalloc issue 700, corrected in 2.1.0)");
    }
    if (library.exports().contains("_Znwm") && !library.canThrow()) {
      defects.add("an operator new that fails ends the process, and does not throw bad_alloc");
    }
    return String.join("; ", defects);
  }

  private static Fitness asReplacement(Library library, String problem) {
    Set<String> exports = library.exports();
    if (!exports.contains("malloc")) {
      return Fitness.unfit(
          isPrefixed(library)
              ? "its names have a prefix: it does not define malloc"
              : "it is not an allocator: it does not define malloc");
    }
    List<String> lacking =
        MallocFamily.REQUIRED.stream().filter(name -> !exports.contains(name)).toList();
    if (!lacking.isEmpty()) {
      return Fitness.unfit(
          "it lacks %s: a block from libc would be passed to its free"
              .formatted(String.join(", ", lacking)));
    }
    if (library.hasDynamicTls() && !library.isForMusl()) {
      return Fitness.unfit(
          "its TLS is not initial-exec: malloc and __tls_get_addr would call each other forever");
    }
    return problem.isEmpty() ? Fitness.FIT : Fitness.unfit(problem);
  }

  private static Fitness asPrivateHeap(Library library, String problem) {
    if (!library.exports().contains("malloc") && !isPrefixed(library)) {
      return Fitness.unfit("it is not an allocator: it does not define malloc");
    }
    if (library.hasStaticTls() && library.tlsSize() > STATIC_TLS_ROOM) {
      return Fitness.unfit(
          "it has %d bytes of initial-exec TLS: only %d are always free (rtld.optional_static_tls)"
              .formatted(library.tlsSize(), STATIC_TLS_ROOM));
    }
    return problem.isEmpty() ? Fitness.FIT : Fitness.unfit(problem);
  }

  private static boolean isPrefixed(Library library) {
    Set<String> exports = library.exports();
    return exports.contains("mi_malloc") || exports.contains("je_malloc");
  }
}
