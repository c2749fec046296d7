package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProvider.Kind;

/** What must provide malloc in every process of a run. */
final class Expectation {
  /** The program as it is shipped: whatever serves it, which is said and not judged. */
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

  /** The kernel names a mapped file by its real path, and an allocator's path is often a link. */
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

  /** A sentence that says what a process runs on instead; empty if it is as expected. */
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

  /** What serves a process, for people. */
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
