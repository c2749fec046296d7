package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Allocators;

/**
 * The allocator that {@code onemalloc link} gave a program: what the program needs first, in a
 * directory called {@code onemalloc}.
 */
final class LinkedAllocator {
  private static final String ORIGIN = "$ORIGIN";

  private LinkedAllocator() {}

  /**
   * The copy that a program is linked with, where it is the allocator that was chosen: preloaded by
   * the same path, the two are one object of the process.
   *
   * @return the chosen one where the program is not linked, or with another
   */
  static Allocator orLinked(Program program, Allocator chosen, Allocators allocators) {
    return of(program)
        .map(library -> allocators.choose(library.toString()).allocator())
        .filter(linked -> isSame(linked, chosen))
        .orElse(chosen);
  }

  /**
   * Refuses a second choice. Whoever linked the program chose for it.
   *
   * @param chosen what the command is to run on
   * @throws CommandException if the program is linked with another
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
                  + " choose the same, or take the link back, with onemalloc link --undo.")
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

  /** The library that a program is linked with. */
  private static Optional<Path> of(Program program) {
    List<String> needed = program.object().needed();
    if (needed.isEmpty() || needed.getFirst().indexOf('/') < 0) {
      return Optional.empty();
    }
    try {
      String origin = program.elf().toRealPath().getParent().toString();
      Path library = Path.of(needed.getFirst().replace(ORIGIN, origin)).normalize();
      return library.getParent().endsWith("onemalloc") && Files.exists(library)
          ? Optional.of(library)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // whoever starts it will say so
    }
  }
}
