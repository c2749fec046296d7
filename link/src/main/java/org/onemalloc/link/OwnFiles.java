package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.StubObject;

/**
 * The files that a link wrote into the home: files that its record names and that have the recorded
 * digest, and unfinished files with names that only onemalloc gives. No other file is removed.
 */
final class OwnFiles {
  /** The key in the record for the name of the directory above the home, if the link created it. */
  static final String MADE = "made";

  private final Target target;
  private final Optional<ChoiceRecord> record;

  OwnFiles(Target target, Optional<ChoiceRecord> record) {
    this.target = target;
    this.record = record;
  }

  /**
   * Returns the name of the directory above the home if a link creates or created it: this link, or
   * that of another program that shares the home.
   */
  static Optional<String> madeParent(Target target) throws IOException {
    String name = target.home().getParent().getFileName().toString();
    if (!Files.exists(target.home().getParent())) {
      return Optional.of(name);
    }
    for (Path file : records(target)) {
      if (ChoiceRecord.read(file).map(r -> r.get(MADE).equals(name)).orElse(false)) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  static List<Path> records(Target target) throws IOException {
    if (!Files.isDirectory(target.home())) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> records =
        Files.newDirectoryStream(target.home(), "*{choice,pending}.properties")) {
      records.forEach(found::add);
    }
    return found;
  }

  /**
   * Returns the library, if it exists and is the recorded one or the object that stands in for it.
   */
  List<Path> libraries() throws IOException {
    return named("library", "sha256");
  }

  /** Returns whether a link was killed before it had a record: it then left this much. */
  boolean areBegun() throws IOException {
    if (Files.exists(SafeFiles.beside(target.pending()))) {
      return true;
    }
    if (!Files.isDirectory(target.home(), LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> files = Files.list(target.home())) {
      return files.findAny().isEmpty();
    }
  }

  private List<Path> named(String nameKey, String digestKey) throws IOException {
    String name = record.map(r -> r.fileName(nameKey)).orElse("");
    if (name.isEmpty()) {
      return List.of();
    }
    Path file = target.home().resolve(name);
    boolean ours =
        Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && (SafeFiles.sha256(file).equals(record.get().get(digestKey)) || isStandIn(file));
    return ours ? List.of(file) : List.of();
  }

  private boolean isStandIn(Path file) throws IOException {
    ElfFile model = ElfFile.read(target.programs().getFirst());
    byte[] stub = StubObject.create(model, file.getFileName().toString(), List.of());
    return Files.size(file) == stub.length && SafeFiles.sha256(file).equals(SafeFiles.sha256(stub));
  }

  /**
   * Returns the libraries of the record that are not there, or are not what was written.
   *
   * @return their paths
   */
  List<Path> missing() throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Map.Entry<String, String> file : recordedLibraries().entrySet()) {
      Path path = target.home().resolve(file.getKey());
      if (!SafeFiles.sha256(path).equals(file.getValue())) {
        missing.add(path);
      }
    }
    return missing;
  }

  private SortedMap<String, String> recordedLibraries() {
    SortedMap<String, String> libraries = new TreeMap<>();
    if (record.isPresent()) {
      libraries.putAll(Companions.recorded(record.get()));
      libraries.put(record.get().fileName("library"), record.get().get("sha256"));
    }
    return libraries;
  }

  /**
   * Removes the files, the record last, and the directories that are then empty.
   *
   * @param keepsLibraries whether other files need the libraries
   */
  void delete(boolean keepsLibraries) throws IOException {
    if (!Files.isDirectory(target.home())) {
      return;
    }
    boolean shared = keepsLibraries || isShared();
    if (!shared) {
      for (Path file : libraries()) {
        Files.delete(file);
      }
      for (Path file : named("licence", "licence.sha256")) {
        Files.delete(file);
      }
    }
    if (!keepsLibraries) {
      deleteCompanions();
    }
    for (String key : List.of("library", "licence")) {
      String name = record.map(r -> r.fileName(key)).orElse("");
      if (!name.isEmpty() && !shared) {
        Files.deleteIfExists(SafeFiles.beside(target.home().resolve(name)));
      }
    }
    Files.deleteIfExists(target.home().resolve(Linking.STAND_IN));
    for (Path file : List.of(target.record(), target.pending())) {
      Files.deleteIfExists(SafeFiles.beside(file));
      Files.deleteIfExists(file);
    }
    deleteEmptyDirectories();
    if (Files.isDirectory(target.home())) {
      SafeFiles.flush(target.home());
    } else if (Files.isDirectory(target.home().getParent())) {
      SafeFiles.flush(target.home().getParent());
    }
  }

  /** Removes the companions that no other record names. */
  private void deleteCompanions() throws IOException {
    SortedMap<String, String> ours =
        record.map(Companions::recorded).orElseGet(Collections::emptySortedMap);
    for (Map.Entry<String, String> companion : ours.entrySet()) {
      Path file = target.home().resolve(companion.getKey());
      boolean isOurs =
          Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
              && SafeFiles.sha256(file).equals(companion.getValue());
      if (others().stream()
          .noneMatch(r -> Companions.recorded(r).containsKey(companion.getKey()))) {
        if (isOurs) {
          Files.delete(file);
        }
        Files.deleteIfExists(SafeFiles.beside(file));
      }
    }
  }

  /** Returns whether the record of another program that shares the home names the library. */
  boolean isShared() throws IOException {
    String library = record.map(r -> r.get("library")).orElse("");
    return others().stream().anyMatch(r -> r.get("library").equals(library));
  }

  /** Returns the records of other programs that share the home. */
  private List<ChoiceRecord> others() throws IOException {
    List<ChoiceRecord> others = new ArrayList<>();
    for (Path file : records(target)) {
      if (!file.equals(target.record()) && !file.equals(target.pending())) {
        ChoiceRecord.read(file).ifPresent(others::add);
      }
    }
    return others;
  }

  private void deleteEmptyDirectories() throws IOException {
    List<Path> directories = new ArrayList<>();
    if (Files.isDirectory(target.originals(), LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> all = Files.walk(target.originals())) {
        all.filter(d -> Files.isDirectory(d, LinkOption.NOFOLLOW_LINKS))
            .sorted(Comparator.reverseOrder())
            .forEach(directories::add);
      }
    }
    directories.add(target.home());
    Path above = target.home().getParent();
    if (record.map(r -> r.get(MADE).equals(above.getFileName().toString())).orElse(false)) {
      directories.add(above);
    }
    for (Path directory : directories) {
      try {
        Files.deleteIfExists(directory);
      } catch (DirectoryNotEmptyException _) {
        // The directory contains other files, so it is kept.
      }
    }
  }
}
