package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.allocators.Kind;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.link.LinkException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.LinkerSymbols;

/**
 * An allocator's archive in a fully static program.
 *
 * <p>A linker takes only those members of an archive that it needs, so malloc could come from this
 * archive and memalign from libc. Therefore each function of the family that the archive defines is
 * required by name ({@code -u}), before any library is searched. Afterwards the program is checked:
 * it must contain all these functions, and nothing of libc's own allocator.
 *
 * @param name the name of the allocator
 * @param file the archive
 * @param names the names that the archive defines
 */
record StaticAllocator(String name, Path file, Set<String> names) {
  private static final List<Kind> KINDS = List.of(Kind.JEMALLOC, Kind.MIMALLOC, Kind.TCMALLOC);

  /**
   * Names that only the C library's own malloc defines: glibc's (malloc/malloc.c), and musl's two.
   */
  private static final Set<String> OF_LIBC =
      Set.of("_int_malloc", "_int_free", "__malloc_alloc_meta", "__malloc_donate");

  /**
   * Finds an archive.
   *
   * @param wanted the name of an allocator; empty for the first that is installed
   */
  static StaticAllocator find(String wanted, String compiler, boolean pie) throws IOException {
    for (Kind kind : KINDS) {
      if (wanted.isEmpty() || wanted.equals(kind.word())) {
        for (String stem : files(kind, pie)) {
          Path file =
              Path.of(
                  Processes.hear(List.of(compiler, "-print-file-name=" + stem)).output().strip());
          if (file.isAbsolute() && Files.exists(file)) {
            return new StaticAllocator(kind.word(), file, Archive.read(file).names());
          }
        }
      }
    }
    throw LinkException.unusable(
        "A fully static program carries its allocator, and there is no archive of %s here: install one (Debian: libjemalloc-dev), or link without -static."
            .formatted(wanted.isEmpty() ? "any" : wanted));
  }

  private static List<String> files(Kind kind, boolean pie) {
    return switch (kind) {
      case JEMALLOC ->
          pie ? List.of("libjemalloc_pic.a") : List.of("libjemalloc.a", "libjemalloc_pic.a");
      case MIMALLOC -> List.of("libmimalloc.a");
      default -> List.of("libtcmalloc_minimal.a");
    };
  }

  /** Returns the words before all others: the forced references, then the archive. */
  List<String> before(Driver driver) {
    List<String> words = new ArrayList<>();
    for (String function : family()) {
      words.addAll(List.of("-u", function));
    }
    words.addAll(driver.pass(file.toString()));
    return words;
  }

  /**
   * Returns the words after all others: the libraries of libc that the archive itself needs. They
   * are linked as archives, whatever option came last: rustc ends its own words with {@code
   * -Bdynamic}.
   */
  List<String> after(Driver driver) {
    return driver.pass("--push-state", "-Bstatic", "-lm", "-lpthread", "--pop-state");
  }

  private Set<String> family() {
    Set<String> family = new TreeSet<>(MallocFamily.REQUIRED);
    family.addAll(MallocFamily.SELDOM);
    family.retainAll(names);
    return family;
  }

  /** Proves that the program contains the allocator, and returns the evidence. */
  String prove(Path program, Path shown) throws IOException {
    ElfFile made = ElfFile.read(program);
    if (made.interpreter().isPresent() || !made.needed().isEmpty()) {
      throw LinkException.unproven(
          "%s must be fully static, and it needs %s: its options also ask for shared libraries."
              .formatted(
                  shown, made.needed().isEmpty() ? "a loader" : String.join(", ", made.needed())));
    }
    Set<String> defined = LinkerSymbols.definedIn(made);
    if (defined.isEmpty()) {
      throw LinkException.unproven(
          "%s was stripped while it was linked, so that its malloc cannot be identified: link without -s, and strip it afterwards."
              .formatted(shown));
    }
    Set<String> missing = new TreeSet<>(family());
    missing.removeAll(defined);
    Set<String> others = new TreeSet<>(OF_LIBC);
    others.retainAll(defined);
    if (!missing.isEmpty() || !others.isEmpty()) {
      throw LinkException.unproven(
          "%1$s does not have exactly one allocator: it lacks %2$s of %3$s, and has %4$s of libc."
              .formatted(
                  shown,
                  missing.isEmpty() ? "nothing" : String.join(", ", missing),
                  file,
                  others.isEmpty() ? "nothing" : String.join(", ", others)));
    }
    return "All %d functions of the malloc family in %s are in %s, and no function of libc's allocator is."
        .formatted(family().size(), file, shown);
  }
}
