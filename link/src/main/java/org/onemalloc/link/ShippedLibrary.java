package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Choice;
import org.onemalloc.allocators.Kind;
import org.onemalloc.allocators.Origin;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.OwnDefinitionsFirst;

/**
 * The library of an allocator, as it is shipped in an artifact.
 *
 * @param allocator the name of the allocator in the seam: its kind, or its file name
 * @param version the version that the library states; may be empty
 * @param fileName the file name in the artifact
 * @param file the library; its name is the path of the source
 * @param tuning the built-in settings; empty for none
 * @param licence the licence, if one was found
 * @param companions the libraries that the library brings along
 */
record ShippedLibrary(
    String allocator,
    String version,
    String fileName,
    ElfFile file,
    String tuning,
    Optional<Path> licence,
    Companions companions) {

  /**
   * Returns the library of the chosen allocator for programs of musl. It is searched for by its
   * name alone, so it has one of its own.
   *
   * @throws LinkException as {@link #of}, or if the allocator does not load in programs of musl
   */
  static ShippedLibrary ofMusl(Choice choice) {
    Allocator allocator = choice.allocator();
    if (allocator.origin() == Origin.BUNDLED && allocator.kind() == Kind.JEMALLOC) {
      throw LinkException.unusable(
          "%s is built for glibc and does not load in a program of musl: choose mimalloc, or give the path of a jemalloc that is built for musl."
              .formatted(choice.name()));
    }
    ShippedLibrary library = of(choice, false);
    return new ShippedLibrary(
        library.allocator,
        library.version,
        library.fileName.replaceFirst("^(lib)?(onemalloc-)?", "libonemalloc-"),
        library.file,
        library.tuning,
        library.licence,
        library.companions);
  }

  /**
   * Returns the library of the chosen allocator, with its profile built in if this was requested.
   *
   * @param forProgram whether it is for a program, which may open a JVM that is not linked
   * @throws LinkException if the allocator cannot be linked, or its settings cannot be built in
   */
  static ShippedLibrary of(Choice choice, boolean forProgram) {
    Allocator allocator = choice.allocator();
    if (allocator.isSystem() && choice.profile().isPresent()) {
      throw LinkException.unusable(
          "%s has settings of the system's malloc, which are not built into a program: set them where it is started, as onemalloc run -a system+FILE does."
              .formatted(choice.profile().get().name()));
    }
    if (allocator.isSystem()) {
      throw LinkException.unusable(
          "The system's malloc is used by every program that is not linked: undo with --undo.");
    }
    if (!allocator.link().fit()) {
      throw LinkException.unusable(
          "%s cannot be linked: %s.".formatted(choice.name(), allocator.link().reason()));
    }
    Path path = allocator.library().orElseThrow();
    boolean known = allocator.kind() != Kind.OTHER && allocator.origin() != Origin.PATH;
    String fileName = known ? "lib" + allocator.kind().word() + ".so" : path.getFileName() + "";
    try {
      ElfFile file = ElfFile.read(path);
      BuiltInTuning tuned =
          choice
              .profile()
              .map(profile -> BuiltInTuning.of(allocator, file, profile))
              .orElseGet(() -> BuiltInTuning.of(choice, file));
      ElfFile library = besideOthers(allocator, tuned.file());
      Companions companions = forProgram ? Companions.of(library) : Companions.none();
      return new ShippedLibrary(
          allocator.kind() == Kind.OTHER ? fileName : allocator.kind().word(),
          allocator.version(),
          fileName,
          companions.broughtBy(library),
          tuned.settings(),
          licence(allocator, path),
          companions);
    } catch (IOException e) {
      throw LinkException.unusable(
          "The library %s cannot be read (%s).".formatted(path, Target.said(e)), e);
    }
  }

  /**
   * Makes a mimalloc use its own definitions, so that it stays whole beside another mimalloc that a
   * user preloads. The other allocators need no change, and jemalloc must find a {@code
   * malloc_conf} that the program defines.
   */
  private static ElfFile besideOthers(Allocator allocator, ElfFile library) {
    try {
      return allocator.kind() == Kind.MIMALLOC
          ? ElfFile.of(OwnDefinitionsFirst.set(library), library.name())
          : library;
    } catch (ObjectFileException e) {
      return library; // the file has no room for the flag
    }
  }

  private static Optional<Path> licence(Allocator allocator, Path library) throws IOException {
    String word = allocator.kind().word();
    Path beside = library.resolveSibling("LICENSE-" + word + ".txt");
    if (allocator.origin() == Origin.BUNDLED) {
      return Files.exists(beside) ? Optional.of(beside) : Optional.empty();
    }
    for (Path documents : List.of(Path.of("/usr/share/doc"), Path.of("/usr/share/licenses"))) {
      if (Files.isDirectory(documents)) {
        try (Stream<Path> packages = Files.list(documents)) {
          Optional<Path> found =
              packages
                  .filter(
                      p -> p.getFileName().toString().matches("(lib|google-perf)?.*" + word + ".*"))
                  .sorted()
                  .flatMap(p -> Stream.of("copyright", "COPYING", "LICENSE").map(p::resolve))
                  .filter(Files::isRegularFile)
                  .findFirst();
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the part of the record that describes the choice. */
  SortedMap<String, String> record() {
    SortedMap<String, String> values = new TreeMap<>();
    values.put("allocator", allocator);
    values.put("version", version);
    values.put("library", fileName);
    values.put("sha256", SafeFiles.sha256(file.bytes()));
    values.put("tuning", tuning);
    companions.addTo(values);
    return values;
  }

  /**
   * Returns the path for the licence and adds its name to the record; empty if no licence was
   * found, or if a different file with that name exists.
   */
  Optional<Path> licenceFor(Path home, SortedMap<String, String> record) throws IOException {
    if (licence.isEmpty()) {
      return Optional.empty();
    }
    Path file = home.resolve("LICENSE-" + allocator + ".txt");
    String digest = SafeFiles.sha256(licence.get());
    if (Files.exists(file) && !SafeFiles.sha256(file).equals(digest)) {
      return Optional.empty();
    }
    record.put("licence", file.getFileName().toString());
    record.put("licence.sha256", digest);
    return Optional.of(file);
  }
}
