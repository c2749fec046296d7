package org.onemalloc.inspect.process;

import java.util.List;

/**
 * The provider of {@code malloc} in a process, seen from outside at one moment.
 *
 * @param kind the kind of provider
 * @param file the providing file as the process names it; of {@link Kind#STATIC} and {@link
 *     Kind#STATIC_GLIBC} the executable; empty if the provider is not known
 * @param executable the executable as the process names it
 * @param copies the allocators that the executable has inside for its own use, by name; no other
 *     library can serve what it allocates through them
 * @param reason why the provider is unknown, a sentence; empty for every other kind
 * @param javaHome the Java image whose JVM is mapped; empty if there is none
 */
public record MallocProvider(
    Kind kind,
    String file,
    String executable,
    List<String> copies,
    String reason,
    String javaHome) {

  /** The kind of provider. */
  public enum Kind {
    /** The shared glibc. */
    GLIBC,
    /** Another shared library, or the executable itself. */
    OTHER,
    /** A statically linked executable whose malloc is glibc's. */
    STATIC_GLIBC,
    /** A statically linked executable, or one of a C library other than glibc. */
    STATIC,
    /**
     * The loader has not mapped everything yet, or the process has just ended: examine it again.
     */
    NOT_YET,
    /** The provider is unknown; the reason says why. */
    UNKNOWN
  }

  /** Copies the list. */
  public MallocProvider {
    copies = List.copyOf(copies);
  }
}
