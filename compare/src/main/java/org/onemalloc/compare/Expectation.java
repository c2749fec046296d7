package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProvider.Kind;

/** The provider of malloc that is expected in every process of a run. */
final class Expectation {
  /** Any provider, for the unchanged program: the provider is reported but not judged. */
  static final Expectation ANYTHING = new Expectation(Optional.empty(), true);

  /** The C library's own malloc. */
  static final Expectation GLIBC = new Expectation(Optional.empty(), false);

  private final Optional<Path> library;
  private final boolean anything;
  private final Set<String> names = new HashSet<>();

  private Expectation(Optional<Path> library, boolean anything) {
    this.library = library;
    this.anything = anything;
    library.ifPresent(
        file -> {
          names.add(file.toString());
          names.add(real(file).toString());
        });
  }

  static Expectation of(Path library) {
    return new Expectation(Optional.of(library), false);
  }

  /**
   * Returns the real path, by which the kernel names a mapped file. The path of an allocator is
   * often a symbolic link.
   */
  private static Path real(Path library) {
    try {
      return library.toRealPath();
    } catch (IOException e) {
      return library;
    }
  }

  boolean isAnything() {
    return anything;
  }

  boolean isLibrary() {
    return library.isPresent();
  }

  /**
   * Returns a sentence that names the unexpected provider of a process; empty if the provider is
   * the expected one.
   */
  Optional<String> contradiction(String process, MallocProvider provider) {
    if (anything) {
      return Optional.empty();
    }
    String wanted = library.map(Path::toString).orElse("glibc's malloc");
    boolean isServed =
        isLibrary()
            ? names.contains(provider.file())
            : provider.kind() == Kind.GLIBC || provider.kind() == Kind.STATIC_GLIBC;
    if (!isServed) {
      return Optional.of(
          process + " runs on " + describe(provider) + ", not on " + wanted + advice());
    }
    if (!provider.copies().isEmpty()) {
      return Optional.of(
          process
              + " has an allocator of its own inside, "
              + String.join(" and ", provider.copies())
              + ": what it allocates there does not come from "
              + wanted
              + advice());
    }
    return Optional.empty();
  }

  private String advice() {
    return isLibrary() ? "." : "; the variant \"shipped\" is the program as it is.";
  }

  /** Returns a description of the provider of a process, for the user. */
  static String describe(MallocProvider provider) {
    String copies = String.join(" and ", provider.copies());
    String also = copies.isEmpty() ? "" : " and " + copies + " inside " + provider.executable();
    return switch (provider.kind()) {
      case GLIBC -> "glibc's malloc" + also;
      case STATIC_GLIBC -> "glibc's malloc linked into " + provider.executable() + also;
      case STATIC ->
          (copies.isEmpty() ? "an allocator" : copies)
              + " inside "
              + provider.executable()
              + ", which glibc's loader does not load";
      case OTHER ->
          provider.file().equals(provider.executable())
              ? "a malloc of its own in " + provider.executable()
              : provider.file();
      case NOT_YET, UNKNOWN -> "an unknown allocator";
    };
  }
}
