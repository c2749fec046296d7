package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * How a program names its allocator: relative to itself, so that an image can be copied anywhere.
 *
 * <p>A program with file capabilities gets the absolute path, since the loader expands no {@code
 * $ORIGIN} for programs that run with more rights than their user (ld.so(8), secure-execution mode;
 * glibc elf/dl-deps.c: "DST not allowed in SUID/SGID programs").
 */
final class Naming {
  private static final String ORIGIN = "$ORIGIN/";

  private Naming() {}

  /** The DT_NEEDED entry by which a file gets a library. */
  static String needed(Path file, Path library) {
    return needed(file, library, Attributes.hasCapabilities(file));
  }

  /** The same, absolute where the process may be one that expands no {@code $ORIGIN}. */
  static String needed(Path file, Path library, boolean absolute) {
    return absolute ? library.toString() : relative(file, library);
  }

  /** Whether the loader would need {@code $ORIGIN} to find what the file takes first. */
  static boolean isRelative(Path file) throws IOException {
    List<String> needed = ElfFile.read(file).needed();
    return !needed.isEmpty() && needed.getFirst().startsWith(ORIGIN);
  }

  /** The library that a linked file takes first, as the loader finds it; empty if not linked. */
  static Optional<Path> libraryOf(Path file) {
    try {
      ElfFile elf = ElfFile.read(file);
      String first = elf.needed().isEmpty() ? "" : elf.needed().getFirst();
      Path library =
          first.startsWith(ORIGIN)
              ? file.getParent().resolve(first.substring(ORIGIN.length())).normalize()
              : Path.of(first);
      boolean ours = library.isAbsolute() && library.getParent().endsWith("lib/onemalloc");
      return ours ? Optional.of(library) : Optional.empty();
    } catch (ObjectFileException | IOException e) {
      return Optional.empty();
    }
  }

  private static String relative(Path file, Path library) {
    return ORIGIN + file.getParent().relativize(library);
  }

  /** Whether a file takes something from this home first, or finds the malloc of the process. */
  static boolean isLinked(Path file, Path home) {
    try {
      ElfFile elf = ElfFile.read(file);
      if (ProcessLookup.isOne(elf)) {
        return true;
      }
      return !elf.needed().isEmpty()
          && (elf.needed().getFirst().startsWith(relative(file, home) + "/")
              || elf.needed().getFirst().startsWith(home + "/"));
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  /** Whether a linked file is what linking an original gives, byte for byte. */
  static boolean isLinkedFrom(Path file, Path original) {
    try {
      ElfFile linked = ElfFile.read(file);
      ElfFile before = ElfFile.read(original);
      ElfFile again =
          ProcessLookup.isOne(linked)
              ? FileEdit.lookup(before, file, "").file()
              : NeededLibraries.first(before, linked.needed().getFirst()).file();
      return linked.content().equals(again.content());
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }
}
