package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.TextSearch;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * The facts about a mapped file that decide which file provides malloc.
 *
 * @param isProgram whether it was examined as the executable
 * @param isOfGlibc whether glibc's loader loads it; only valid for an executable
 * @param exportsMalloc whether other files bind their malloc to it if it comes first
 * @param hasGlibcInside whether glibc's malloc is linked into it; only valid for a static
 *     executable
 * @param copies the allocators that an executable has for its own use
 */
record FileFacts(
    boolean isProgram,
    boolean isOfGlibc,
    boolean exportsMalloc,
    boolean hasGlibcInside,
    List<String> copies) {

  /** A message of malloc/malloc.c since glibc 2.27, which is in every file that contains malloc. */
  private static final TextSearch GLIBC = new TextSearch(List.of("malloc(): corrupted top size"));

  private static final FileFacts NONE = new FileFacts(false, false, false, false, List.of());

  static FileFacts of(Path path, boolean program) throws IOException {
    try {
      ElfFile file = ElfFile.read(path);
      boolean exports = !isOfTheLibrary(file) && exportsMalloc(file);
      Optional<String> loader = file.interpreter();
      boolean glibc = loader.filter(FileFacts::isGlibcLoader).isPresent() || isLoader(file);
      return new FileFacts(
          program,
          glibc,
          exports,
          program && loader.isEmpty() && hasGlibcInside(file),
          program && !exports ? copies(file) : List.of());
    } catch (ObjectFileException e) {
      return NONE; // fonts, archives and locales are mapped too
    }
  }

  private static boolean exportsMalloc(ElfFile file) {
    return file.dynamicSymbols().stream()
        .anyMatch(symbol -> symbol.isExported() && symbol.name().equals("malloc"));
  }

  private static List<String> copies(ElfFile file) {
    return PrivateAllocators.in(file).stream().map(PrivateAllocator::name).toList();
  }

  private static boolean hasGlibcInside(ElfFile file) {
    boolean[] found = {false};
    file.findTexts(GLIBC, (text, place) -> found[0] = true);
    return found[0];
  }

  /** Returns false for the loader before glibc 2.31, which exports a malloc that only it uses. */
  private static boolean isOfTheLibrary(ElfFile file) {
    return file.soname()
        .filter(name -> name.startsWith("ld-") || name.startsWith("libc.so"))
        .isPresent();
  }

  /**
   * Returns whether the file is the loader, which is the executable of a program started as {@code
   * ld.so PROGRAM}.
   */
  private static boolean isLoader(ElfFile file) {
    return file.soname().filter(name -> name.startsWith("ld-linux")).isPresent();
  }

  /**
   * Returns whether the name is that of glibc's loader (sysdeps/.../ldconfig.h, shlib-versions), or
   * {@code ld-2.31.so} and the like.
   */
  private static boolean isGlibcLoader(String loader) {
    String name = loader.substring(loader.lastIndexOf('/') + 1);
    return name.startsWith("ld-linux") || name.startsWith("ld64.so") || name.startsWith("ld-2.");
  }
}
