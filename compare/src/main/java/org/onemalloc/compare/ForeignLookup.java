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
 * Closes the hole that Java's own foreign-function lookup leaves beside a preloaded allocator, in
 * every JVM of the process tree.
 *
 * <p>{@code Linker.defaultLookup()} opens the JDK's {@code lib/libsyslookup.so} and searches that
 * handle, whose scope is libc: {@code strdup} then allocates with the preloaded allocator and
 * {@code free} is glibc's. A second preloaded object answers that {@code dlopen}, in whatever JVM
 * it is called ({@link LookupAnswer}), with a library whose {@code free} is the process's ({@link
 * ProcessLookup}).
 */
final class ForeignLookup {
  /** In the order in which a JDK's libsyslookup.so needs them (OpenJDK, make/modules/java.base). */
  private static final List<String> NEEDED = List.of("libdl.so.2", "libm.so.6", "libc.so.6");

  private ForeignLookup() {}

  /**
   * The object to preload behind the allocator.
   *
   * @param program the program that is started, which says for which machine
   * @param cache where the two libraries are kept
   * @return its path; empty on a machine that there is no code for
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
