package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.StubObject;

/**
 * Takes a link back: to undo it, after a failure, and before a half-done image is linked anew.
 *
 * <p>Killed at any point, it leaves an image that starts with its old malloc, and can be repeated.
 */
final class Restoring {
  private final Target target;

  Restoring(Target target) {
    this.target = target;
  }

  /** Whether there is anything to take back. */
  boolean isNeeded() throws IOException {
    return Files.exists(target.record())
        || (target.isImage() && Files.exists(target.home()))
        || target.files().stream().anyMatch(f -> Files.exists(target.originalOf(f)))
        || target.files().stream().anyMatch(f -> Files.exists(SafeFiles.beside(f)));
  }

  /** The files that have an original, and so get their old content back. */
  List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path original : originals()) {
      files.add(fileOf(original));
    }
    return files;
  }

  private Path fileOf(Path original) {
    return target.isImage()
        ? target.root().resolve(target.originals().relativize(original).toString())
        : target.root();
  }

  private List<Path> originals() throws IOException {
    if (!target.isImage()) {
      Path original = target.originalOf(target.root());
      return Files.exists(original) ? List.of(original) : List.of();
    }
    return filesBelow(target.originals());
  }

  private static List<Path> filesBelow(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  void run() throws IOException {
    if (target.isImage()
        && target.files().stream().anyMatch(f -> Naming.isLinked(f, target.home()))) {
      emptyLibraries();
    }
    Files.deleteIfExists(target.record());
    for (Path original : originals()) {
      restore(original, fileOf(original));
    }
    for (Path file : target.files()) {
      Files.deleteIfExists(SafeFiles.beside(file));
      SafeFiles.flush(file.getParent());
    }
    if (target.isImage()) {
      deleteTree(target.home());
    } else {
      leaveHome();
    }
  }

  /** Puts an object without code in the place of the allocator: see {@link Linking}. */
  private void emptyLibraries() throws IOException {
    if (!Files.isDirectory(target.home())) {
      return;
    }
    try (Stream<Path> files = Files.list(target.home())) {
      for (Path library : files.filter(f -> f.toString().contains(".so")).toList()) {
        SafeFiles.write(library, stub(library), "rw-r--r--");
      }
    }
    SafeFiles.flush(target.home());
  }

  private byte[] stub(Path library) throws IOException {
    String soname = library.getFileName().toString();
    return StubObject.create(ElfFile.read(target.programs().getFirst()), soname, List.of());
  }

  /** What was replaced since by something that is not linked, by an upgrade, stays. */
  private void restore(Path original, Path file) throws IOException {
    boolean replaced = Files.exists(file) && !Naming.isLinked(file, target.home());
    if (replaced) {
      Files.delete(original);
    } else {
      SafeFiles.commit(original, file);
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    SafeFiles.flush(directory.getParent());
  }

  /** The home of single programs is shared: it goes with the last of them. */
  private void leaveHome() throws IOException {
    if (!Files.isDirectory(target.home())) {
      return;
    }
    try (Stream<Path> files = Files.list(target.home())) {
      if (files.anyMatch(f -> f.toString().endsWith(".choice.properties"))) {
        return;
      }
    }
    if (filesBelow(target.originals()).isEmpty()) {
      deleteTree(target.home());
    }
  }
}
