package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onemalloc.allocators.CacheDirectory;
import org.onemalloc.allocators.proof.StartCopy;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.LoadedObject;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.AllocationTrial;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.TemporaryFiles;

/**
 * Tries a program that has, itself or in its libraries,
 *
 * <ul>
 *   <li>functions that the allocator calls in place of those of the C library. Most of them behave
 *       like those of the C library, but an allocator may crash or hang in others, such as one that
 *       requests memory itself;
 *   <li>code that the loader calls while it relocates (IFUNC). If it allocates, it does so before
 *       the thread-local variables of the allocator have their first values (elf/rtld.c of glibc
 *       relocates first), in which most allocators crash.
 * </ul>
 *
 * <p>A copy of the program is started as far as its own first instruction, with all its libraries.
 * Before that, an additional library allocates, resizes and frees blocks of many sizes, so that the
 * allocator also calls the functions that it does not call when it starts.
 */
final class StartTrial {
  /**
   * Functions that an allocator calls only when it starts: to read its settings, and the size of
   * the machine. A trial start shows how they behave.
   */
  private static final Set<String> OF_THE_START =
      Set.of(
          "getenv",
          "secure_getenv",
          "setenv",
          "unsetenv",
          "sysinfo",
          "sysconf",
          "getauxval",
          "uname",
          "mkstemp");

  /** More levels than any program goes up from its place. */
  private static final int DEPTH = 8;

  private static final List<String> ORIGINS = List.of("$ORIGIN", "${ORIGIN}");

  /** Libraries of glibc that have such code, which allocates nothing. */
  private static final Set<String> QUIET = Set.of("libc.so.6", "libm.so.6", "libmvec.so.1");

  private StartTrial() {}

  /**
   * Refuses a program with which the allocator crashes or hangs.
   *
   * @param program the program to start
   * @param library the allocator
   * @param environment the whole environment, LD_PRELOAD in it
   * @param replaced the functions that the allocator calls, by the file that defines them
   * @return a sentence if the trial cannot show that the functions behave like those of the C
   *     library
   * @throws CommandException if the program does not reach its first instruction
   */
  static Optional<String> of(
      Program program,
      Path library,
      Map<String, String> environment,
      SortedMap<String, SortedSet<String>> replaced) {
    Set<String> early = withResolvers(program, environment);
    if (replaced.isEmpty() && early.isEmpty()) {
      return Optional.empty();
    }
    String subject = subject(library, replaced, early);
    Optional<String> outcome = tried(program, environment);
    // Any other failure may be that of the copy's place: a library's own run path, a security
    // module.
    if (outcome.filter(how -> how.startsWith(PreloadTrial.BY_SIGNAL)).isPresent()
        || outcome.filter(PreloadTrial.HANGS::equals).isPresent()) {
      throw CommandException.unusable(
          "%s, and a trial start %s: choose another allocator.".formatted(subject, outcome.get()));
    }
    if (replaced.isEmpty()) {
      return Optional.empty();
    }
    boolean allocated = outcome.filter(String::isEmpty).isPresent();
    boolean shown = allocated && replaced.values().stream().allMatch(OF_THE_START::containsAll);
    return shown
        ? Optional.empty()
        : Optional.of(
            subject
                + (allocated
                    ? ": it allocated in a trial start, and more is not known."
                    : ": whether it behaves like that one was not tried."));
  }

  private static String subject(
      Path library, SortedMap<String, SortedSet<String>> replaced, Set<String> early) {
    List<String> owners = new ArrayList<>();
    replaced.forEach(
        (file, names) ->
            owners.add(
                "%s has %s %s of its own"
                    .formatted(
                        file,
                        names.size() == 1 ? "a function" : "functions",
                        String.join(", ", names))));
    return owners.isEmpty()
        ? String.join(", ", early)
            + (early.size() == 1 ? " has" : " have")
            + " code that runs while it is loaded, before the allocator is ready (IFUNC)"
        : String.join(", ", owners) + ", which " + library + " calls in place of the C library's";
  }

  /** Returns the objects of a program that have code which the loader calls. */
  private static Set<String> withResolvers(Program program, Map<String, String> environment) {
    try {
      return DynamicLoader.ofThisMachine()
          .start(program.elf(), List.of(), environment)
          .objects()
          .stream()
          .filter(object -> !object.file().soname().filter(QUIET::contains).isPresent())
          .filter(object -> !ElfPrograms.isLoader(object.name()))
          .filter(object -> ElfPrograms.hasResolvers(object.file()))
          .map(LoadedObject::name)
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (ObjectFileException | IOException e) {
      return Set.of(); // the proof reports what cannot be loaded
    }
  }

  /** Returns the outcome of a start, or empty if there was none. */
  private static Optional<String> tried(Program program, Map<String, String> environment) {
    Optional<byte[]> content = StartCopy.of(program.object());
    if (content.isEmpty()) {
      return Optional.empty();
    }
    // Programs may not be executed in every directory for temporary files. In the cache they may.
    Optional<String> outcome = Optional.empty();
    for (Path parent : places()) {
      outcome = tried(program, content.get(), environment, parent);
      if (outcome.filter(how -> !how.equals(PreloadTrial.NOT_STARTED)).isPresent()) {
        return outcome;
      }
    }
    return outcome;
  }

  private static List<Path> places() {
    Path cache = CacheDirectory.ofThisUser().path();
    try {
      return List.of(TemporaryFiles.directory(), cache);
    } catch (OutputException e) {
      return List.of(cache);
    }
  }

  private static Optional<String> tried(
      Program program, byte[] content, Map<String, String> environment, Path parent) {
    try {
      Path directory = TemporaryFiles.newDirectoryIn(parent, "onemalloc-start");
      try {
        Path copy = deepIn(directory).resolve(program.elf().getFileName().toString());
        Files.write(copy, content);
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
        Path allocating = directory.resolve("allocation-trial.so");
        Files.write(allocating, AllocationTrial.create(program.object()));
        Map<String, String> both = new HashMap<>(environment);
        both.merge("LD_PRELOAD", allocating.toString(), (before, more) -> before + ":" + more);
        placeLike(program, copy, both);
        return Optional.of(PreloadTrial.outcome(copy, both));
      } finally {
        TemporaryFiles.delete(directory);
      }
    } catch (IOException e) {
      return Optional.empty(); // without a directory for the copy the program cannot be tried
    }
  }

  /** Returns a place from which no {@code $ORIGIN/../..} leads out of a private directory. */
  private static Path deepIn(Path directory) throws IOException {
    return Files.createDirectories(directory.resolve("d/".repeat(DEPTH)));
  }

  /**
   * Lets the loader find what a program names relative to its own place: directories by
   * LD_LIBRARY_PATH, libraries by links beside the copy.
   */
  private static void placeLike(Program program, Path copy, Map<String, String> environment)
      throws IOException {
    Path real = program.elf().toRealPath().getParent();
    List<String> directories = new ArrayList<>();
    Stream.of(program.object().rpath(), program.object().runpath())
        .flatMap(Optional::stream)
        .flatMap(path -> Stream.of(path.split(":", -1)))
        .forEach(
            path ->
                fromOrigin(path)
                    .map(real::resolve)
                    .map(Path::toString)
                    .ifPresent(directories::add));
    if (!directories.isEmpty()) {
      String found = String.join(":", directories);
      environment.merge("LD_LIBRARY_PATH", found, (before, more) -> more + ":" + before);
    }
    for (String needed : program.object().needed()) {
      Optional<String> relative = fromOrigin(needed);
      if (relative.isPresent()) {
        Path link = copy.getParent().resolve(relative.get()).normalize();
        if (link.getNameCount() <= copy.getParent().getNameCount() - DEPTH) {
          throw new IOException(link + " would be outside of the private directory");
        }
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, real.resolve(relative.get()));
      }
    }
  }

  private static Optional<String> fromOrigin(String path) {
    return ORIGINS.stream()
        .filter(path::startsWith)
        .findFirst()
        .map(origin -> path.substring(origin.length()).replaceFirst("^/+", ""));
  }
}
