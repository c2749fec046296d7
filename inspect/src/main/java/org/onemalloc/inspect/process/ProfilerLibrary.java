package org.onemalloc.inspect.process;

import java.util.Set;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.text.Sha256;

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
    return file.exports(MARK) && DIGESTS.contains(Sha256.of(file.bytes()));
  }
}
