package org.onemalloc.compare;

import java.nio.file.Path;
import java.util.Optional;
import org.onemalloc.allocators.CacheDirectory;
import org.onemalloc.allocators.LookupLibraries;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.text.Sha256;

/**
 * Makes Java's default lookup of native functions find the preloaded allocator, in every JVM of the
 * process tree, by a second preloaded object: see {@link LookupLibraries}.
 */
final class ForeignLookup {
  private static final String SONAME = "libonemalloc-dlopen-run.so";

  private ForeignLookup() {}

  /**
   * Returns the object to preload after the allocator.
   *
   * @param program the program that is started; it determines the machine architecture
   * @param cache the directory in which the two libraries are stored
   * @return its path; empty on an unsupported machine architecture
   */
  static Optional<Path> of(ElfFile program, CacheDirectory cache) {
    if (!LookupLibraries.support(program)) {
      return Optional.empty();
    }
    byte[] lookup = LookupLibraries.lookup(program);
    Path answer = stored("libonemalloc-lookup", lookup, cache);
    byte[] opener = LookupLibraries.answer(program, SONAME, answer.toString());
    return Optional.of(stored("libonemalloc-dlopen", opener, cache));
  }

  private static Path stored(String stem, byte[] content, CacheDirectory cache) {
    return cache.provide(stem + "-" + Sha256.of(content).substring(0, 16) + ".so", content);
  }
}
