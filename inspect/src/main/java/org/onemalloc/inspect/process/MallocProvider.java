package org.onemalloc.inspect.process;

import java.util.List;

/**
 * Who provides {@code malloc} to a process, seen from outside at one moment.
 *
 * @param kind how much is known
 * @param file the providing file as the process names it; of {@link Kind#STATIC} and {@link
 *     Kind#STATIC_GLIBC} the executable; empty where the provider is not known
 * @param executable the executable as the process names it
 * @param copies the allocators that the executable has inside for its own use, by name; what it
 *     allocates through them no other library can serve
 * @param reason why nothing is known, a sentence without its subject; empty for every other kind
 * @param javaHome the Java image whose JVM is mapped; empty if there is none
 */
public record MallocProvider(
    Kind kind,
    String file,
    String executable,
    List<String> copies,
    String reason,
    String javaHome) {

  /** How much is known of the provider. */
  public enum Kind {
    /** The shared glibc. */
    GLIBC,
    /** Another shared library, or the executable itself. */
    OTHER,
    /** A statically linked executable whose malloc is glibc's. */
    STATIC_GLIBC,
    /** A statically linked executable, or one of a C library other than glibc. */
    STATIC,
    /** The loader has not mapped everything yet, or the process has just ended: look again. */
    NOT_YET,
    /** It cannot be told; the reason says why. */
    UNKNOWN
  }

  /** Copies the list. */
  public MallocProvider {
    copies = List.copyOf(copies);
  }
}
