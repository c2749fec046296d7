package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.CacheDirectory;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.StubObject;

/**
 * Closes the hole that Java's own foreign-function lookup leaves beside a preloaded allocator.
 *
 * <p>{@code Linker.defaultLookup()} opens the JDK's {@code lib/libsyslookup.so} and searches that
 * handle, whose scope is libc: {@code strdup} then allocates with the preloaded allocator and
 * {@code free} is glibc's. The loader takes an object whose DT_SONAME equals the name it is asked
 * for ({@code _dl_map_object} in glibc's elf/dl-load.c), so a preloaded object whose DT_SONAME is
 * that absolute path, and whose dependencies begin with the allocator, stands in for it.
 */
final class LookupStub {
  private LookupStub() {}

  /**
   * The object to preload for a Java image.
   *
   * @return its path; empty if the image has no such library (before Java 19)
   */
  static Optional<Path> of(Path javaHome, Path allocator, CacheDirectory cache) {
    Path replaced = javaHome.resolve("lib/libsyslookup.so");
    if (!Files.exists(replaced)) {
      return Optional.empty();
    }
    try {
      ElfFile original = ElfFile.read(replaced);
      List<String> needed = new ArrayList<>();
      needed.add(allocator.toString());
      needed.addAll(original.needed());
      byte[] stub = StubObject.create(original, replaced.toString(), needed);
      return Optional.of(store(stub, cache));
    } catch (IOException e) {
      throw CommandException.unusable(replaced + " cannot be read: " + e.getMessage());
    }
  }

  private static Path store(byte[] stub, CacheDirectory cache) throws IOException {
    String name = "libsyslookup-" + digest(stub) + ".so";
    Optional<Path> stored = cache.find(name);
    if (stored.isPresent() && Arrays.equals(Files.readAllBytes(stored.get()), stub)) {
      return stored.get();
    }
    return cache.store(name, stub);
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
