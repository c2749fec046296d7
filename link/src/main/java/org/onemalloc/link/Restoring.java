package org.onemalloc.link;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.BuildIdentity;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.StubObject;
import org.onemalloc.text.Attributes;
import org.onemalloc.text.Owners;

/**
 * Undoes a link: on request, after a failure, and before an image with an unfinished link is linked
 * again.
 *
 * <p>Every file that must be restored is checked against the digest in the record before the first
 * is changed. If the process is killed at any point, the image starts with its old malloc, and
 * restoring can be repeated.
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

  /** Returns whether there is a link to undo. */
  boolean isNeeded() throws IOException {
    return record.isPresent()
        || own.areBegun()
        || changedFiles().stream().anyMatch(f -> Files.exists(SafeFiles.beside(f)))
        || target.files().stream().anyMatch(this::isLinked);
  }

  /** Returns whether a finished or an unfinished link has recorded or kept original files. */
  boolean hasOriginals() {
    return record.map(r -> !r.originals().isEmpty()).orElse(false)
        || target.files().stream().anyMatch(f -> Files.exists(target.originalOf(f)));
  }

  private boolean isLinked(Path file) {
    return Naming.isLinked(file, target.home()) || (Naming.isAbsolute(file) && isAsMade(file));
  }

  /**
   * Returns whether a file is what the finished link made of it. If the allocator is elsewhere, the
   * target was linked with its absolute path, and moved.
   */
  private boolean isAsMade(Path file) {
    try {
      return !linkedDigest(file).isEmpty() && !wasEdited(file);
    } catch (IOException e) {
      return false; // whoever reads it next reports the error
    }
  }

  /** Returns the files that may have been changed: those in the record and those of the target. */
  private Set<Path> changedFiles() {
    Set<Path> files = new LinkedHashSet<>();
    record.ifPresent(r -> r.originals().forEach(name -> files.add(target.fileOf(name))));
    files.addAll(target.files());
    return files;
  }

  /** Returns whether there is a file that was replaced after it was linked, and so stays. */
  boolean haveReplaced() throws IOException {
    for (Path file : changedFiles()) {
      if (isReplaced(file)) {
        return true;
      }
    }
    return false;
  }

  private boolean isReplaced(Path file) throws IOException {
    Path original = target.originalOf(file);
    return !needsOriginal(file)
        && Files.exists(file)
        && Files.exists(original)
        && Files.mismatch(file, original) >= 0;
  }

  /** Returns one line for each file: its name and the change. */
  List<String> steps() throws IOException {
    List<String> steps = new ArrayList<>();
    for (Path file : changedFiles()) {
      if (needsOriginal(file)) {
        String as =
            hasOtherAttributes(file) ? ", with the owner and the permissions that it has now" : "";
        steps.add(target.nameOf(file) + ": the original" + as);
      } else if (isReplaced(file)) {
        steps.add(target.nameOf(file) + ": replaced after it was linked, not changed");
      }
    }
    return steps;
  }

  /** Returns whether an owner, a right or another attribute was changed after the link. */
  private boolean hasOtherAttributes(Path file) throws IOException {
    return Files.exists(file) && !Attributes.areEqual(file, target.originalOf(file));
  }

  private boolean needsOriginal(Path file) {
    boolean wasChanged = record.map(r -> r.originals().contains(target.nameOf(file))).orElse(false);
    return isLinked(file) || (wasChanged && !Files.exists(file));
  }

  /**
   * Checks that every file can be restored.
   *
   * @throws LinkException if files cannot be restored; the message names all of them
   */
  void check() throws IOException {
    checkCopies();
    List<String> lost = new ArrayList<>();
    for (Path file : changedFiles()) {
      if (needsOriginal(file)) {
        Path original = target.originalOf(file);
        if (!Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS)) {
          lost.add("%s, because %s is missing".formatted(target.nameOf(file), original));
        } else if (!isOriginal(file, original)) {
          lost.add("%s, because %s has changed".formatted(target.nameOf(file), original));
        } else if (wasEdited(file)) {
          lost.add(edited(file));
        }
      } else if (Naming.needs(file, target.home())) {
        lost.add(edited(file));
      } else if (isReplaced(file)) {
        whyNotNewer(file, target.originalOf(file))
            .ifPresent(
                why ->
                    lost.add(
                        "%s, because it was %s (copy the original, %s, over it, or remove the original, and undo again)"
                            .formatted(target.nameOf(file), why, target.originalOf(file))));
      }
    }
    if (!lost.isEmpty()) {
      throw LinkException.unusable(
          "%s is still linked, because these files cannot be restored: %s. Install them again from the source of %s, or leave it linked."
              .formatted(target.root(), String.join("; ", lost), target.root()));
    }
  }

  /**
   * Returns why a file that is not linked is no newer one, in whose favour the original can go: it
   * is damaged, so that it is neither an ELF file whose segments are all there nor a script, or it
   * is the linked file without its link. Then the original may be the only good copy.
   */
  private static Optional<String> whyNotNewer(Path file, Path original) throws IOException {
    Optional<String> damaged = Optional.of("damaged after it was linked");
    ElfFile found;
    try {
      found = ElfFile.read(file);
    } catch (ObjectFileException e) {
      try (InputStream in = Files.newInputStream(file)) {
        return Arrays.equals(in.readNBytes(2), new byte[] {'#', '!'}) ? Optional.empty() : damaged;
      }
    }
    long size = Files.size(file);
    if (found.segments().stream().anyMatch(segment -> segment.endOffset() > size)) {
      return damaged;
    }
    return isEditOf(found, original)
        ? Optional.of("changed after it was linked, so that it does not load the allocator")
        : Optional.empty();
  }

  private static boolean isEditOf(ElfFile file, Path original) throws IOException {
    try {
      return BuildIdentity.areSame(file, ElfFile.read(original));
    } catch (ObjectFileException e) {
      return false;
    }
  }

  /**
   * Checks that an image has no copies of its linked files, under names that the link did not
   * change: they have no originals, and would be left without an allocator.
   */
  private void checkCopies() throws IOException {
    List<String> copies = new ArrayList<>();
    for (Path file : target.isImage() ? target.files() : List.<Path>of()) {
      Optional<String> linked = isLinked(file) ? copiedFrom(file) : Optional.empty();
      linked.ifPresent(
          name -> copies.add(target.nameOf(file) + " is a copy of the linked " + name));
    }
    if (!copies.isEmpty()) {
      throw LinkException.unusable(
          "%s is still linked, because %s: remove what was copied, then undo the link."
              .formatted(target.root(), String.join(", ", copies)));
    }
  }

  /** Returns the name of the changed file of which a file that was not changed is a copy. */
  private Optional<String> copiedFrom(Path file) throws IOException {
    Set<String> changed = record.map(ChoiceRecord::originals).orElse(Set.of());
    if (changed.isEmpty() || changed.contains(target.nameOf(file))) {
      return Optional.empty();
    }
    String digest = SafeFiles.sha256(file);
    return changed.stream()
        .filter(name -> record.get().get("linked." + name).equals(digest))
        .findFirst();
  }

  /** Returns one sentence for each linked file that was changed later, so that it has no undo. */
  List<String> edited() throws IOException {
    List<String> sentences = new ArrayList<>();
    for (Path file : target.files()) {
      if (wasEdited(file)) {
        sentences.add(
            "%s was changed after it was linked: it still loads the allocator, but its link cannot be undone."
                .formatted(file));
      }
    }
    return sentences;
  }

  private String edited(Path file) {
    return "%s, because it was changed after it was linked".formatted(target.nameOf(file));
  }

  /** Returns whether a file is not what the finished link made of it. */
  private boolean wasEdited(Path file) throws IOException {
    String digest = linkedDigest(file);
    return !digest.isEmpty() && Files.exists(file) && !SafeFiles.sha256(file).equals(digest);
  }

  /** Returns the recorded digest of a linked file; empty if there is none. */
  private String linkedDigest(Path file) {
    return record.map(r -> r.get("linked." + target.nameOf(file))).orElse("");
  }

  /**
   * Returns whether a kept file is the original: by the digest in the record or, without a digest,
   * by linking the kept file again.
   */
  private boolean isOriginal(Path file, Path original) throws IOException {
    String digest = record.map(r -> r.get("original." + target.nameOf(file))).orElse("");
    return digest.isEmpty()
        ? Naming.isLinkedFrom(file, original)
        : SafeFiles.sha256(original).equals(digest);
  }

  /**
   * Undoes the link.
   *
   * @return one sentence for each file that is left in the home
   * @throws LinkException if a file cannot be restored; then nothing was changed
   */
  List<String> run() throws IOException {
    check();
    List<String> reasons = reasonsToStay();
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
    own.delete(!reasons.isEmpty());
    return leftovers(reasons);
  }

  private List<Path> otherUsers() throws IOException {
    return new OtherUsers(target).find(changedFiles());
  }

  /** Returns why the libraries must stay: one reason for each other file, and for lost names. */
  private List<String> reasonsToStay() throws IOException {
    List<Path> others = otherUsers();
    List<String> reasons = new ArrayList<>();
    others.forEach(file -> reasons.add(file + " needs it too"));
    for (Path file : changedFiles()) {
      int names = isLinked(file) ? OtherUsers.otherNames(file, others) : 0;
      if (names > 0) {
        reasons.add(
            "%s has %d more %s, which %s it"
                .formatted(
                    file,
                    names,
                    names == 1 ? "name that was not found" : "names that were not found",
                    names == 1 ? "needs" : "need"));
      }
    }
    return reasons;
  }

  /**
   * Returns where the linked program is now, if it was renamed and another program has its name.
   */
  Optional<Path> renamed() throws IOException {
    if (target.isImage() || record.isEmpty() || isLinked(target.root())) {
      return Optional.empty();
    }
    for (Path file : otherUsers()) {
      // A copy that another user has made, in a directory where that is possible, is not the
      // program.
      if (SafeFiles.sha256(file).equals(linkedDigest(target.root()))
          && Owners.withOwnGroup().writable(file).isEmpty()) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * Checks that the linked program was not renamed. Undoing would remove what it needs to start.
   *
   * @throws LinkException if it has another name now
   */
  void checkNotRenamed() throws IOException {
    Optional<Path> file = renamed();
    if (file.isPresent()) {
      throw LinkException.unusable(
          "%s is not the program that was linked, which is %s now: use onemalloc link --undo %s."
              .formatted(target.root(), file.get(), file.get()));
    }
  }

  /**
   * Files the original and the record of a renamed program under its present name, so that another
   * program can be linked under the old one. After an end at any point, the program has an original
   * under one of the names, and this can be repeated.
   *
   * @param program what {@link #renamed} returned
   */
  void refile(Path program) throws IOException {
    String name = program.getFileName().toString();
    Path original = target.originalOf(target.root());
    Path kept = target.originals().resolve(name);
    if (Files.exists(kept, LinkOption.NOFOLLOW_LINKS)
        && !SafeFiles.sha256(kept).equals(SafeFiles.sha256(original))) {
      throw LinkException.unusable(
          kept + " is there and was not written by this link: move it away first.");
    }
    if (!Files.exists(kept) && Files.exists(original)) {
      SafeFiles.keep(original, kept);
    }
    ChoiceRecord named =
        record
            .orElseThrow()
            .renamed(target.name(), name, target.home().relativize(program).toString());
    SafeFiles.write(target.home().resolve(name + Target.CHOICE), named.content(), "rw-r--r--");
    SafeFiles.flush(target.home());
    Files.deleteIfExists(target.record());
    Files.deleteIfExists(target.pending());
    Files.deleteIfExists(original);
    SafeFiles.flush(target.home());
  }

  /**
   * Removes the originals of files that an unfinished link has not replaced. One of them may be
   * what another file, for a moment, had under that name, which no digest tells.
   *
   * @param kept files whose originals that link has kept
   */
  void discard(List<Path> kept) throws IOException {
    for (Path file : kept) {
      if (Files.exists(file) && !needsOriginal(file)) {
        Files.deleteIfExists(target.originalOf(file));
      }
    }
  }

  /** Replaces the allocator by an object without code: see {@link Linking}. */
  private void switchOff() throws IOException {
    for (Path library : own.libraries()) {
      ElfFile model = ElfFile.read(target.programs().getFirst());
      String soname = library.getFileName().toString();
      SafeFiles.write(library, StubObject.create(model, soname, List.of()), "rw-r--r--");
    }
    SafeFiles.flush(target.home());
  }

  /**
   * Restores a file, with the attributes that it has now: a permission that was taken from it after
   * the link must not come back. If it was replaced after the link by a file that is not linked, by
   * an upgrade for example, that file is kept. A kept original that is a second name of it, because
   * it was written in place before it was linked, is removed.
   */
  private void restore(Path original, Path file) throws IOException {
    if (needsOriginal(file)) {
      if (hasOtherAttributes(file)) {
        Attributes.copy(file, original);
      }
      SafeFiles.commit(original, file);
    } else if (Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS)
        && record.isPresent()
        && (isOriginal(file, original)
            || (Files.exists(file) && Files.isSameFile(file, original)))) {
      Files.delete(original);
    }
  }

  private List<String> leftovers(List<String> reasons) throws IOException {
    if (!reasons.isEmpty()) {
      return List.of(
          "%s: stays, since %s".formatted(target.home(), String.join(", and ", reasons)));
    }
    List<String> left = new ArrayList<>();
    if (target.isImage() && Files.isDirectory(target.home())) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(target.home())) {
        files.forEach(f -> left.add(f + ": kept, because onemalloc did not write it"));
      }
    }
    return left;
  }
}
