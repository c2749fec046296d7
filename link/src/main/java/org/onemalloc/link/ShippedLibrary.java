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
 * The allocator's library as it goes into an artifact.
 *
 * @param allocator what the seam calls it: its kind, or the name of its file
 * @param version as the library says it; may be empty
 * @param fileName what it is called in the artifact
 * @param file the library; its name is where it came from
 * @param tuning the settings that are built in; empty for none
 * @param licence its licence, where one was found
 */
record ShippedLibrary(
    String allocator,
    String version,
    String fileName,
    ElfFile file,
    String tuning,
    Optional<Path> licence) {

  /**
   * Takes the chosen allocator, with its profile built in where that was asked for.
   *
   * @throws LinkException if it cannot be linked, or has no way to carry its settings
   */
  static ShippedLibrary of(Choice choice) {
    Allocator allocator = choice.allocator();
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
          choice.tuned()
              ? BuiltInTuning.of(allocator, file)
              : BuiltInTuning.forStart(allocator, file);
      return new ShippedLibrary(
          allocator.kind() == Kind.OTHER ? fileName : allocator.kind().word(),
          allocator.version(),
          fileName,
          besideOthers(allocator, tuned.file()),
          tuned.settings(),
          licence(allocator, path));
    } catch (IOException e) {
      throw LinkException.unusable(
          "The library %s cannot be read (%s).".formatted(path, Target.said(e)), e);
    }
  }

  /**
   * A mimalloc that is whole beside another in the same process, which somebody preloads. The other
   * allocators are so as they come, and jemalloc must find a {@code malloc_conf} of the program's.
   */
  private static ElfFile besideOthers(Allocator allocator, ElfFile library) {
    try {
      return allocator.kind() == Kind.MIMALLOC
          ? ElfFile.of(OwnDefinitionsFirst.set(library), library.name())
          : library;
    } catch (ObjectFileException e) {
      return library; // no room for the flag
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

  /** The part of the record that says what was chosen. */
  SortedMap<String, String> record() {
    SortedMap<String, String> values = new TreeMap<>();
    values.put("allocator", allocator);
    values.put("version", version);
    values.put("library", fileName);
    values.put("sha256", SafeFiles.sha256(file.bytes()));
    values.put("tuning", tuning);
    return values;
  }

  /**
   * Where the licence is to be written, which the record then names; empty where none was found, or
   * a file of that name is there that is not this licence.
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
