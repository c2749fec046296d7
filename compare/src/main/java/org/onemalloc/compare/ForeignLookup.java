package org.onemalloc.compare;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.CacheDirectory;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.LookupAnswer;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * Makes Java's default lookup of native functions find the preloaded allocator, in every JVM of the
 * process tree.
 *
 * <p>{@code Linker.defaultLookup()} opens the JDK's {@code lib/libsyslookup.so} and searches only
 * that library and its dependencies, among them libc. The {@code strdup} found there allocates with
 * the preloaded allocator, but the {@code free} found there is glibc's. A second preloaded object
 * intercepts that {@code dlopen} in every JVM ({@link LookupAnswer}) and returns a library whose
 * {@code free} is that of the process ({@link ProcessLookup}).
 */
final class ForeignLookup {
  /**
   * The libraries that a JDK's libsyslookup.so needs, in its order (OpenJDK,
   * make/modules/java.base).
   */
  private static final List<String> NEEDED = List.of("libdl.so.2", "libm.so.6", "libc.so.6");

  private ForeignLookup() {}

  /**
   * Returns the object to preload after the allocator.
   *
   * @param program the program that is started; it determines the machine architecture
   * @param cache the directory in which the two libraries are stored
   * @return its path; empty on an unsupported machine architecture
   */
  static Optional<Path> of(ElfFile program, CacheDirectory cache) {
    if (!ProcessLookup.supports(program)) {
      return Optional.empty();
    }
    byte[] lookup =
        ProcessLookup.create(program, "libonemalloc-lookup.so", NEEDED, MallocFamily.ALL);
    Path answer = stored("libonemalloc-lookup", lookup, cache);
    byte[] opener = LookupAnswer.create(program, answer.toString());
    return Optional.of(stored("libonemalloc-dlopen", opener, cache));
  }

  private static Path stored(String stem, byte[] content, CacheDirectory cache) {
    return cache.provide(stem + "-" + digest(content) + ".so", content);
  }

  private static String digest(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
