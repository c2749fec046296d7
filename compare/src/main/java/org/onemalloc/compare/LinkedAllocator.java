package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * The allocator that {@code onemalloc link} gave to a program: the first needed library of the
 * program, in a directory called {@code onemalloc}.
 */
final class LinkedAllocator {
  private static final String ORIGIN = "$ORIGIN";

  private LinkedAllocator() {}

  /**
   * Returns the copy that a program is linked with, if it is the same allocator as the chosen one.
   * Preloaded by the same path, the two are loaded as one object.
   *
   * @param programs the programs of a command, of which each starts the next
   * @return the copy of the first that is linked with it; {@code chosen} if there is none
   */
  static Allocator orLinked(List<Program> programs, Allocator chosen, Allocators allocators) {
    return programs.stream()
        .flatMap(program -> of(program).stream())
        .map(library -> allocators.choose(library.toString()).allocator())
        .filter(linked -> isSame(linked, chosen))
        .findFirst()
        .orElse(chosen);
  }

  /**
   * Refuses a different allocator for a linked program. Linking has already chosen one.
   *
   * @param chosen the allocator that the command is to run on
   * @throws CommandException if the program is linked with a different one
   */
  static void requireSame(Program program, Allocator chosen, Allocators allocators) {
    Optional<Path> library = of(program);
    if (library.isEmpty()) {
      return;
    }
    Allocator linked = allocators.choose(library.get().toString()).allocator();
    if (!isSame(linked, chosen)) {
      throw CommandException.unusable(
          ("%s is linked with %s (%s), and %s was chosen for this run: start it without onemalloc,"
                  + " choose the same allocator, or remove its own (onemalloc link --undo, or a new build"
                  + " if it was built with it).")
              .formatted(program.elf(), title(linked), library.get(), title(chosen)));
    }
  }

  private static boolean isSame(Allocator one, Allocator other) {
    return one.kind() == other.kind() && one.version().equals(other.version());
  }

  private static String title(Allocator allocator) {
    return allocator.isSystem()
        ? "the system's malloc"
        : (allocator.kind().word() + " " + allocator.version()).strip();
  }

  /** Returns the first library that a program needs; the link of one of musl is in its run path. */
  private static String first(ElfFile program) {
    String name = program.needed().isEmpty() ? "" : program.needed().getFirst();
    boolean searched = ElfPrograms.isOfMusl(program) && !name.isEmpty() && !name.contains("/");
    String path = searched ? program.runpath().or(program::rpath).orElse("") : "";
    return path.isEmpty() ? name : path.substring(path.lastIndexOf(':') + 1) + "/" + name;
  }

  /** Returns the library that a program is linked with. */
  private static Optional<Path> of(Program program) {
    String first = first(program.object());
    if (first.indexOf('/') < 0) {
      return Optional.empty();
    }
    try {
      String origin = program.elf().toRealPath().getParent().toString();
      Path library = Path.of(first.replace(ORIGIN, origin)).toAbsolutePath().normalize();
      return library.getParent().endsWith("onemalloc") && Files.exists(library)
          ? Optional.of(library)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // starting the program reports the error
    }
  }
}
