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
 * The names by which programs need their allocator: relative to the program, so that an image can
 * be copied anywhere.
 *
 * <p>A program with file capabilities gets the absolute path, because the loader expands no {@code
 * $ORIGIN} for programs that run with more rights than their user (ld.so(8), secure-execution mode;
 * glibc elf/dl-deps.c: "DST not allowed in SUID/SGID programs").
 */
final class Naming {
  private static final String ORIGIN = "$ORIGIN/";

  private Naming() {}

  /** Returns the DT_NEEDED entry with which a file needs a library. */
  static String needed(Path file, Path library) {
    return needed(file, library, Attributes.hasCapabilities(file));
  }

  /**
   * Returns the DT_NEEDED entry with which a file needs a library, as an absolute path or relative
   * to the file.
   */
  static String needed(Path file, Path library, boolean absolute) {
    return absolute ? library.toString() : relative(file, library);
  }

  /**
   * Returns whether the loader must expand {@code $ORIGIN} to find the first needed library of a
   * file.
   */
  static boolean isRelative(Path file) throws IOException {
    List<String> needed = ElfFile.read(file).needed();
    return !needed.isEmpty() && needed.getFirst().startsWith(ORIGIN);
  }

  /**
   * Returns the first needed library of a linked file, as the loader finds it; empty if the file is
   * not linked.
   */
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

  /**
   * Returns whether the first needed library of a file is in this home, or the file finds the
   * malloc of the process.
   */
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

  /** Returns whether a file needs a library of this home, in whichever place of its list. */
  static boolean needs(Path file, Path home) {
    try {
      return ElfFile.read(file).needed().stream()
          .anyMatch(
              name -> name.startsWith(relative(file, home) + "/") || name.startsWith(home + "/"));
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  /** Returns whether a linked file equals, byte for byte, the result of linking the original. */
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
