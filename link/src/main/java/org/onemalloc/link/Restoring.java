package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.StubObject;

/**
 * Takes a link back: to undo it, after a failure, and before a half-done image is linked anew.
 *
 * <p>Before anything is touched, every file that must be given back is checked against the digest
 * in the record. Killed at any point, it leaves an image that starts with its old malloc, and can
 * be repeated.
 */
final class Restoring {
  private final Target target;
  private final Optional<ChoiceRecord> record;
  private final OwnFiles own;

  Restoring(Target target) throws IOException {
    this.target = target;
    this.record = ChoiceRecord.read(target.record()).or(() -> ChoiceRecord.read(target.pending()));
    this.own = new OwnFiles(target, record);
  }

  /** Whether there is anything to take back. */
  boolean isNeeded() {
    return record.isPresent()
        || changedFiles().stream().anyMatch(f -> Files.exists(SafeFiles.beside(f)))
        || target.files().stream().anyMatch(this::isLinked);
  }

  /** Whether the record of a finished or half-done link names files that were changed. */
  boolean hasOriginals() {
    return record.map(r -> !r.originals().isEmpty()).orElse(false)
        || target.files().stream().anyMatch(f -> Files.exists(target.originalOf(f)));
  }

  private boolean isLinked(Path file) {
    return Naming.isLinked(file, target.home());
  }

  /** The files that were changed, as the record and the directory say. */
  private Set<Path> changedFiles() {
    Set<Path> files = new LinkedHashSet<>();
    record.ifPresent(r -> r.originals().forEach(name -> files.add(target.fileOf(name))));
    files.addAll(target.files());
    return files;
  }

  /** What is done with each file, one line each. */
  List<String> steps() throws IOException {
    List<String> steps = new ArrayList<>();
    for (Path file : changedFiles()) {
      if (needsOriginal(file)) {
        String without =
            losesCapabilities(file) ? ", without the file capabilities that it got since" : "";
        steps.add(target.nameOf(file) + ": as it was" + without);
      } else if (Files.exists(target.originalOf(file))) {
        steps.add(target.nameOf(file) + ": replaced since it was linked, stays as it is");
      }
    }
    return steps;
  }

  private boolean losesCapabilities(Path file) {
    return Files.exists(file)
        && Attributes.hasCapabilities(file)
        && !Attributes.hasCapabilities(target.originalOf(file));
  }

  /**
   * Sees to it that linking anew would take no capabilities away.
   *
   * @throws LinkException if a file got some after it was linked
   */
  void checkCapabilities() {
    for (Path file : changedFiles()) {
      if (isLinked(file) && losesCapabilities(file)) {
        throw LinkException.unusable(
            "%s got file capabilities after it was linked: undo the link, set them again, and link then."
                .formatted(file));
      }
    }
  }

  private boolean needsOriginal(Path file) {
    boolean wasChanged = record.map(r -> r.originals().contains(target.nameOf(file))).orElse(false);
    return isLinked(file) || (wasChanged && !Files.exists(file));
  }

  /**
   * Sees to it that every file can be given back.
   *
   * @throws LinkException if one cannot; it names them all
   */
  void check() throws IOException {
    List<String> lost = new ArrayList<>();
    for (Path file : changedFiles()) {
      if (needsOriginal(file)) {
        Path original = target.originalOf(file);
        if (!Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS)) {
          lost.add("%s, since %s is missing".formatted(target.nameOf(file), original));
        } else if (!isOriginal(file, original)) {
          lost.add("%s, since %s is not what it was".formatted(target.nameOf(file), original));
        }
      }
    }
    if (!lost.isEmpty()) {
      throw LinkException.unusable(
          "%s is left as it is, linked, because these files cannot be given back: %s. Take them from where %s came from, or leave it linked."
              .formatted(target.root(), String.join("; ", lost), target.root()));
    }
  }

  /** By the digest in the record; without a record, by linking the original once more. */
  private boolean isOriginal(Path file, Path original) throws IOException {
    String digest = record.map(r -> r.get("original." + target.nameOf(file))).orElse("");
    return digest.isEmpty()
        ? Naming.isLinkedFrom(file, original)
        : SafeFiles.sha256(original).equals(digest);
  }

  /**
   * Takes the link back.
   *
   * @return what is left in the home, since onemalloc did not write it
   * @throws LinkException if a file cannot be given back; nothing was changed then
   */
  List<Path> run() throws IOException {
    check();
    if (target.isImage() && target.files().stream().anyMatch(this::isLinked)) {
      switchOff();
    }
    if (Files.exists(target.record())) {
      SafeFiles.commit(target.record(), target.pending());
    }
    for (Path file : changedFiles()) {
      restore(target.originalOf(file), file);
      Files.deleteIfExists(SafeFiles.beside(file));
      Files.deleteIfExists(StartProof.copyOf(SafeFiles.beside(file)));
      if (Files.isDirectory(file.getParent())) {
        SafeFiles.flush(file.getParent());
      }
    }
    own.delete();
    return leftovers();
  }

  /** Puts an object without code in the place of the allocator: see {@link Linking}. */
  private void switchOff() throws IOException {
    for (Path library : own.libraries()) {
      ElfFile model = ElfFile.read(target.programs().getFirst());
      String soname = library.getFileName().toString();
      SafeFiles.write(library, StubObject.create(model, soname, List.of()), "rw-r--r--");
    }
    SafeFiles.flush(target.home());
  }

  /** What was replaced since by something that is not linked, by an upgrade, stays. */
  private void restore(Path original, Path file) throws IOException {
    if (needsOriginal(file)) {
      SafeFiles.commit(original, file);
    } else if (Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS)
        && record.isPresent()
        && isOriginal(file, original)) {
      Files.delete(original);
    }
  }

  private List<Path> leftovers() throws IOException {
    List<Path> left = new ArrayList<>();
    if (target.isImage() && Files.isDirectory(target.home())) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(target.home())) {
        files.forEach(left::add);
      }
    }
    return left;
  }
}
