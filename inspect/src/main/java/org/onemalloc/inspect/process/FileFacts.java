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
 * What must be known of a mapped file to tell who provides malloc.
 *
 * @param isProgram whether it was looked at as the executable
 * @param isOfGlibc whether glibc's loader loads it; meaningful for an executable
 * @param exportsMalloc whether others bind their malloc to it if it comes first
 * @param hasGlibcInside whether glibc's malloc is linked into it; known of a static executable
 *     alone
 * @param copies the allocators that an executable has for its own use
 */
record FileFacts(
    boolean isProgram,
    boolean isOfGlibc,
    boolean exportsMalloc,
    boolean hasGlibcInside,
    List<String> copies) {

  /** A message of malloc/malloc.c since glibc 2.27, which is linked in with malloc itself. */
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
      return NONE; // Fonts, archives and locales are mapped too.
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

  /** Before glibc 2.31 its loader exports a malloc of its own, which serves nobody but itself. */
  private static boolean isOfTheLibrary(ElfFile file) {
    return file.soname()
        .filter(name -> name.startsWith("ld-") || name.startsWith("libc.so"))
        .isPresent();
  }

  /** A program started as {@code ld.so PROGRAM} has the loader for its executable. */
  private static boolean isLoader(ElfFile file) {
    return file.soname().filter(name -> name.startsWith("ld-linux")).isPresent();
  }

  /** The names of sysdeps/.../ldconfig.h and shlib-versions, and {@code ld-2.31.so} by itself. */
  private static boolean isGlibcLoader(String loader) {
    String name = loader.substring(loader.lastIndexOf('/') + 1);
    return name.startsWith("ld-linux") || name.startsWith("ld64.so") || name.startsWith("ld-2.");
  }
}
