package org.onemalloc.collect;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a file says of one process, or of one run of {@code compare}.
 *
 * @param file the file
 * @param host the machine; empty if the file does not name it
 * @param role what it is there for: {@code driver}, {@code executor}, {@code process}, or {@code
 *     run of VARIANT}
 * @param name its name for the reader, such as {@code executor 3 (pid 17)}
 * @param allocator {@code system}, {@code mimalloc}, …; {@code unknown} if it is not known
 * @param provider the file that serves malloc; empty if it is not known or glibc's
 * @param doubt why it is not proven, a sentence; empty if it is proven
 * @param memory what it holds
 */
public record Observed(
    String file,
    String host,
    String role,
    String name,
    String allocator,
    String provider,
    Optional<String> doubt,
    Memory memory) {

  /**
   * Memory in bytes; empty where it is not known.
   *
   * @param rss resident
   * @param pss proportional
   * @param peak the highest resident memory
   */
  public record Memory(OptionalLong rss, OptionalLong pss, OptionalLong peak) {}

  /** The allocator of a process whose provider is not known. */
  static final String UNKNOWN = "unknown";

  /**
   * Returns whether its allocator is proven.
   *
   * @return false if a check failed, or could not be made
   */
  public boolean proven() {
    return doubt.isEmpty();
  }

  /** Returns why it is not proven to run on an allocator, a sentence; empty if it is. */
  Optional<String> unlike(String expected) {
    if (doubt.isPresent()) {
      return doubt;
    }
    boolean met = expected.equals(allocator) || isServedBy(expected);
    return met
        ? Optional.empty()
        : Optional.of(
            "%s%s serves its malloc."
                .formatted(allocator, provider.isEmpty() ? "" : " in " + provider));
  }

  /**
   * Returns whether a file, or the target of a link, serves its malloc. The kernel names the
   * target.
   *
   * @param file an absolute path; any other text is compared as it is
   * @return true if it is the provider
   */
  public boolean isServedBy(String file) {
    try {
      return file.equals(provider)
          || (file.startsWith("/") && Path.of(file).toRealPath().toString().equals(provider));
    } catch (IOException | InvalidPathException e) {
      return false; // the file is on the observed machine alone
    }
  }

  /** Returns it in a sentence, with the place that it is known from. */
  String who() {
    return "%s of %s".formatted(name, host.isEmpty() ? file : host);
  }

  /** Returns the kind of allocator that a library is by its name, as its builders name it. */
  static String kind(String provider) {
    String name = provider.substring(provider.lastIndexOf('/') + 1);
    for (String kind : new String[] {"jemalloc", "mimalloc", "tcmalloc", "snmalloc"}) {
      if (name.contains(kind)) {
        return kind;
      }
    }
    boolean glibc = name.startsWith("libc.so.6") || name.matches("libc-2\\.[0-9]+\\.so");
    return glibc ? "system" : provider.isEmpty() ? UNKNOWN : "other";
  }
}
