package org.onemalloc.inspect.process;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Recognises the library of async-profiler that {@code profile} loads into a JVM. It replaces the
 * entries of import tables, its own too, by functions that count and then call what its own
 * reference was bound to before; after the recording they only call on. So it is no provider of
 * malloc, although the entries lead to it for as long as the JVM lives.
 *
 * <p>Only the builds that onemalloc brings are known to do so. They are recognised by their
 * content, because any library can have their name.
 */
final class ProfilerLibrary {
  /** SHA-256 of the libraries in tools.profiler:async-profiler 4.6, for x86-64 and aarch64. */
  private static final Set<String> DIGESTS =
      Set.of(
          "1aa55af4645fafb7b70fe78b8bcc8d32a1a2fce1a278ce04318224df68694fb2",
          "45895af951d172126819552f5e2762b1a71c4db2a95ab8def791becb9ce7e35d");

  /** A function that async-profiler exports (its asprof.h), so that few files are digested. */
  private static final String MARK = "asprof_init";

  private ProfilerLibrary() {}

  static boolean isOne(ElfFile file) {
    return file.exports(MARK) && DIGESTS.contains(sha256(file.bytes()));
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it (MessageDigest)
    }
  }
}
