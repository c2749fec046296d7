package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * A report on whether a shared library that is already built uses the malloc of the program that
 * loads it.
 *
 * @param usesItsHost whether it allocates only with the malloc of its host
 * @param sentences the findings, for the user
 */
public record SharedLibraryReport(boolean usesItsHost, List<String> sentences) {
  /**
   * Message texts that every build of an allocator contains, and that code which only refers to the
   * allocator does not contain.
   */
  private static final List<Mark> MARKS =
      List.of(
          new Mark("jemalloc", Pattern.compile("<jemalloc>: |[A-Z_]*MALLOC_CONF\0")),
          new Mark("mimalloc", Pattern.compile("mimalloc: (error|warning|assertion)")),
          new Mark("tcmalloc", Pattern.compile("TCMALLOC_[A-Z_]{4,}")));

  private record Mark(String allocator, Pattern text) {}

  /** Copies the list. */
  public SharedLibraryReport {
    sentences = List.copyOf(sentences);
  }

  /**
   * Examines a library.
   *
   * @param path the shared library
   * @throws LinkException if the file is not a shared library or cannot be read
   */
  public static SharedLibraryReport of(Path path) {
    try {
      ElfFile file = ElfFile.read(path);
      if (!file.isDynamic() || ElfPrograms.isProgram(file)) {
        throw LinkException.unusable(
            path + " is not a shared library: use onemalloc link FILE for a program.");
      }
      return of(file);
    } catch (ObjectFileException e) {
      throw LinkException.unusable(e.getMessage(), e);
    } catch (IOException e) {
      throw LinkException.unusable(
          "%s cannot be read (%s): give a shared library.".formatted(path, Target.said(e)), e);
    }
  }

  private static SharedLibraryReport of(ElfFile file) {
    List<String> names = new ArrayList<>(MallocFamily.REQUIRED);
    names.addAll(MallocFamily.SELDOM);
    TreeSet<String> defined = new TreeSet<>();
    TreeSet<String> used = new TreeSet<>();
    for (ElfSymbol symbol : file.dynamicSymbols()) {
      if (names.contains(symbol.name())) {
        (symbol.isExported() ? defined : used).add(symbol.name());
      }
    }
    Optional<String> carried =
        MARKS.stream()
            .filter(m -> file.findInReadOnlyData(m.text()).isPresent())
            .map(Mark::allocator)
            .findFirst();
    List<String> sentences = new ArrayList<>();
    if (!used.isEmpty()) {
      sentences.add("It takes %s from its host.".formatted(String.join(", ", used)));
    }
    if (!defined.isEmpty()) {
      sentences.add(
          ("It defines %s itself. Some callers in the process may use this definition, and others"
                  + " that of the host: a block of one heap that is freed in the other ends the process."
                  + " Build it without an allocator.")
              .formatted(String.join(", ", defined)));
    }
    if (carried.isPresent() && defined.isEmpty()) {
      sentences.add(
          ("It carries a private %s. A block that one of the two heaps allocated and the other"
                  + " frees ends the process, and the process keeps the free memory of two heaps."
                  + " Build it without this allocator.")
              .formatted(carried.get()));
    }
    if (file.isSymbolic() && !defined.isEmpty()) {
      sentences.add(
          "It searches itself for symbols first (DT_SYMBOLIC), so it always uses its" + " own.");
    }
    boolean uses = defined.isEmpty() && carried.isEmpty();
    if (uses) {
      sentences.add(
          used.isEmpty()
              ? "It does not allocate by itself, so it uses whatever its host uses."
              : "It uses its host's malloc and nothing else.");
    }
    return new SharedLibraryReport(uses, sentences);
  }
}
