package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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

  private static List<Path> records(Target target) throws IOException {
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

  /** Removes the files, the record last, and the directories that are then empty. */
  void delete() throws IOException {
    if (!Files.isDirectory(target.home())) {
      return;
    }
    List<Path> files = new ArrayList<>();
    if (!isShared()) {
      files.addAll(libraries());
      files.addAll(named("licence", "licence.sha256"));
    }
    for (Path file : files) {
      Files.delete(file);
    }
    for (String key : List.of("library", "licence")) {
      String name = record.map(r -> r.fileName(key)).orElse("");
      if (!name.isEmpty() && !isShared()) {
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

  /** Returns whether the record of another program that shares the home names the library. */
  boolean isShared() throws IOException {
    String library = record.map(r -> r.get("library")).orElse("");
    for (Path file : records(target)) {
      boolean isOurs = file.equals(target.record()) || file.equals(target.pending());
      if (!isOurs
          && ChoiceRecord.read(file).map(r -> r.get("library").equals(library)).orElse(false)) {
        return true;
      }
    }
    return false;
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
