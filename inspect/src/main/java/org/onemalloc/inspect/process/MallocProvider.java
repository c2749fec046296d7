package org.onemalloc.inspect.process;

import java.util.ArrayList;
import java.util.List;

/**
 * The provider of {@code malloc} in a process, seen from outside at one moment.
 *
 * @param kind the kind of provider
 * @param library the providing file as the process names it; of {@link Kind#STATIC} and {@link
 *     Kind#STATIC_GLIBC} the executable; its name is empty if the provider is not known
 * @param executable the executable as the process names it
 * @param copies the allocators that the executable has inside for its own use, by name; no other
 *     library can serve what it allocates through them
 * @param seconds the other allocators in the process
 * @param reason why the provider is unknown, a sentence; empty for every other kind
 * @param ofMusl whether the executable is one of musl
 * @param javaHome the Java image whose JVM is mapped; empty if there is none
 */
public record MallocProvider(
    Kind kind,
    MappedFile library,
    String executable,
    List<String> copies,
    List<SecondAllocator> seconds,
    String reason,
    boolean ofMusl,
    String javaHome) {

  /** The kind of provider. */
  public enum Kind {
    /** The shared glibc. */
    GLIBC,
    /** The shared musl, as far as its loader's list shows: nothing measures its heap. */
    MUSL,
    /** Another shared library, or the executable itself. */
    OTHER,
    /** A statically linked executable whose malloc is glibc's. */
    STATIC_GLIBC,
    /** A statically linked executable, or one of another C library. */
    STATIC,
    /** A statically linked executable without an allocator that is known here. */
    STATIC_NONE,
    /**
     * The loader has not mapped everything yet, or the process has just ended: examine it again.
     */
    NOT_YET,
    /** The provider is unknown; the reason says why. */
    UNKNOWN
  }

  /** Copies the lists. */
  public MallocProvider {
    copies = List.copyOf(copies);
    seconds = List.copyOf(seconds);
  }

  /**
   * Returns the name of the providing file.
   *
   * @return the name as in {@link #library()}
   */
  public String file() {
    return library.name();
  }

  /**
   * Returns the same executable with an unknown provider.
   *
   * @param why the reason, the end of a sentence
   * @return the provider of kind {@link Kind#UNKNOWN}
   */
  public MallocProvider unknown(String why) {
    return new MallocProvider(
        Kind.UNKNOWN, MappedFile.NONE, executable, copies, seconds, why, ofMusl, javaHome);
  }

  /** Returns the same provider in an executable of musl. */
  MallocProvider asOfMusl() {
    return new MallocProvider(kind, library, executable, copies, seconds, reason, true, javaHome);
  }

  /**
   * Returns the same provider with one more allocator beside it.
   *
   * @param second the other allocator
   * @return the provider with all of them
   */
  public MallocProvider with(SecondAllocator second) {
    List<SecondAllocator> all = new ArrayList<>(seconds);
    all.add(second);
    return new MallocProvider(kind, library, executable, copies, all, reason, ofMusl, javaHome);
  }
}
