package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.NeededLibraries;
import org.onemalloc.objectfile.elf.ProcessLookup;
import org.onemalloc.text.Attributes;

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
  private static final String HOME = "lib/onemalloc";

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
    return firstNeeded(file).startsWith(ORIGIN);
  }

  /** Returns the first needed library of a file as it is named; "" if there is none. */
  private static String firstNeeded(Path file) throws IOException {
    return needed(ElfFile.read(file)).stream().findFirst().orElse("");
  }

  /**
   * Returns the first needed library of a linked file, as the loader finds it; empty if the file is
   * not linked.
   */
  static Optional<Path> libraryOf(Path file) {
    try {
      String first = firstNeeded(file);
      Path library =
          first.startsWith(ORIGIN)
              ? file.getParent().resolve(first.substring(ORIGIN.length())).normalize()
              : Path.of(first);
      return isInAHome(library) ? Optional.of(library) : Optional.empty();
    } catch (ObjectFileException | IOException e) {
      return Optional.empty();
    }
  }

  /** Returns whether a linked file names its allocator by an absolute path. */
  static boolean isAbsolute(Path file) {
    try {
      return isInAHome(Path.of(firstNeeded(file)));
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  private static boolean isInAHome(Path library) {
    return library.isAbsolute() && library.getParent().endsWith(HOME);
  }

  /**
   * Makes a library the first that a file needs. musl's loader expands {@code $ORIGIN} in the run
   * path alone, so a program of musl gets the name there and the directory here.
   *
   * @param needed the entry, as {@link #needed(Path, Path)} has it
   */
  static NeededLibraries.Edit first(ElfFile file, String needed) {
    int slash = needed.lastIndexOf('/');
    return ElfPrograms.isOfMusl(file) && needed.startsWith(ORIGIN)
        ? NeededLibraries.firstFrom(file, needed.substring(slash + 1), needed.substring(0, slash))
        : NeededLibraries.first(file, needed);
  }

  /** Returns the libraries that a file needs, those of musl with the directory of their link. */
  private static List<String> needed(ElfFile file) {
    String runPath = ElfPrograms.isOfMusl(file) ? file.runpath().or(file::rpath).orElse("") : "";
    String last = runPath.substring(runPath.lastIndexOf(':') + 1);
    return last.endsWith("/" + HOME)
        ? file.needed().stream().map(n -> n.contains("/") ? n : last + "/" + n).toList()
        : file.needed();
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
      List<String> needed = needed(elf);
      return !needed.isEmpty()
          && (needed.getFirst().startsWith(relative(file, home) + "/")
              || needed.getFirst().startsWith(home + "/"));
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  /** Returns whether a file needs a library of this home, in whichever place of its list. */
  static boolean needs(Path file, Path home) {
    try {
      return needed(ElfFile.read(file)).stream()
          .anyMatch(
              name -> name.startsWith(relative(file, home) + "/") || name.startsWith(home + "/"));
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  /** Returns whether a file is linked by onemalloc, wherever its allocator is. */
  static boolean isAnothers(Path file) {
    try {
      ElfFile elf = ElfFile.read(file);
      return ProcessLookup.isOne(elf)
          || needed(elf).stream().anyMatch(name -> name.contains("/lib/onemalloc/"));
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
              : first(before, needed(linked).getFirst()).file();
      return linked.content().equals(again.content());
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }
}
