package org.onemalloc.inspect.privateallocator;

import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.LinkerSymbols;

/**
 * Recognises a malloc that a file defines and does not export, as with {@code -fvisibility=hidden}:
 * the linker binds the calls of the file to it, and the loader learns nothing of it. Only the
 * linker's symbols show it, so a stripped file does not.
 */
final class HiddenMalloc {
  private static final Set<String> PAIR = Set.of("malloc", "free");

  private HiddenMalloc() {}

  /**
   * Returns the hidden malloc of a file. A static program has none, because the C library itself is
   * inside.
   */
  static Optional<PrivateAllocator> in(ElfFile file) {
    try {
      boolean isStatic =
          !file.isDynamic()
              || (file.interpreter().isEmpty() && file.isPositionIndependentProgram());
      return !isStatic && definesPair(file) && !servesOrForwards(file)
          ? Optional.of(
              new PrivateAllocator(
                  "hidden malloc", "it defines malloc and free, and does not export malloc"))
          : Optional.empty();
    } catch (ObjectFileException e) {
      return Optional.empty(); // the loader reads no .symtab: the rest may be well-formed
    }
  }

  private static boolean definesPair(ElfFile file) {
    return LinkerSymbols.functionsIn(file, PAIR).equals(PAIR);
  }

  /** A malloc of a profiler calls the C library's by its second name. */
  private static boolean servesOrForwards(ElfFile file) {
    return file.exports("malloc") || file.imports("__libc_malloc");
  }
}
