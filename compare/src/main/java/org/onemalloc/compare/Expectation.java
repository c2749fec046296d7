package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.inspect.process.MappedFile;

/**
 * The provider of malloc that is expected in every process of a run.
 *
 * <p>A library is recognised by device and inode. Its path can lead to another file: in another
 * mount namespace or root directory, or once the file was replaced.
 */
final class Expectation {
  /** Any provider, for the unchanged program: the provider is reported but not judged. */
  static final Expectation ANYTHING = new Expectation(Optional.empty(), true);

  /** The C library's own malloc. */
  static final Expectation GLIBC = new Expectation(Optional.empty(), false);

  private static final Set<Kind> OF_LIBC = EnumSet.of(Kind.GLIBC, Kind.STATIC_GLIBC, Kind.MUSL);

  private final Optional<Path> library;
  private final boolean anything;

  /** The numbers of the library, which differ by the interface of the kernel on some systems. */
  private final List<MappedFile> numbers = new CopyOnWriteArrayList<>();

  private final String state;

  private Expectation(Optional<Path> library, boolean anything) {
    this.library = library;
    this.anything = anything;
    this.state = state(library);
    library.ifPresent(
        file -> {
          try {
            numbers.add(MappedFile.of(file));
          } catch (IOException e) {
            // starting the program reports the error
          }
          MappedFile.asMapped(file).ifPresent(numbers::add);
        });
  }

  static Expectation of(Path library) {
    return new Expectation(Optional.of(library), false);
  }

  boolean isAnything() {
    return anything;
  }

  boolean isLibrary() {
    return library.isPresent();
  }

  /** Returns the expected library, or empty if any provider or glibc's malloc is expected. */
  Optional<Path> library() {
    return library;
  }

  /** Adds the numbers by which another interface of the kernel shows the expected library. */
  void isShownAs(MappedFile file) {
    numbers.add(file);
  }

  /** Returns a sentence if the expected library is no longer the file that it was. */
  Optional<String> change() {
    return state(library).equals(state)
        ? Optional.empty()
        : Optional.of(
            library.orElseThrow()
                + " was changed after it was chosen: what served the processes is unknown.");
  }

  private static String state(Optional<Path> library) {
    if (library.isEmpty()) {
      return "";
    }
    try {
      return Files.readAttributes(library.get(), "unix:dev,ino,size,ctime").toString();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Returns a sentence that names the unexpected provider of a process; empty if the provider is
   * the expected one.
   */
  Optional<String> contradiction(String process, MallocProvider provider) {
    if (anything || provider.kind() == Kind.STATIC_NONE) {
      return Optional.empty();
    }
    String libc = provider.ofMusl() ? "musl's malloc" : "glibc's malloc";
    String wanted = library.map(Path::toString).orElse(libc);
    boolean isServed =
        isLibrary()
            ? numbers.stream().anyMatch(provider.library()::isSameFile)
            : OF_LIBC.contains(provider.kind());
    if (!isServed) {
      String actual = describe(provider);
      return Optional.of(
          process
              + " runs on "
              + (actual.equals(wanted) ? "another file at the path " + actual : actual)
              + ", not on "
              + wanted
              + advice());
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
      case MUSL -> "musl's malloc" + also;
      case STATIC_GLIBC -> "glibc's malloc linked into " + provider.executable() + also;
      case STATIC ->
          (copies.isEmpty() ? "whatever malloc is" : copies)
              + " inside "
              + provider.executable()
              + ", which neither glibc's loader nor musl's loads";
      case STATIC_NONE -> "no known allocator in " + provider.executable();
      case OTHER ->
          provider.file().equals(provider.executable())
              ? "a malloc of its own in " + provider.executable()
              : provider.file();
      case NOT_YET, UNKNOWN -> "an unknown allocator";
    };
  }
}
