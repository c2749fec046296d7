package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.onemalloc.allocators.proof.Starting;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.StubObject;
import org.onemalloc.text.Attributes;

/** Links one target with an allocator. */
/*
 * Design note. A link changes dozens of files of an image, and no file system changes two at once.
 * An image with half of its files changed would be worse than an unchanged one: if libsyslookup.so
 * is linked and bin/java is not, a block of one heap is freed in the other. So a single name
 * decides which malloc the whole image uses: the name of the library.
 *
 * 1. Prepare. A record lists the files that are about to be written, with digests, so that undoing
 *    recognises the files of this link. The library gets its name, to which nothing refers yet.
 *    Each file is kept under originals/: as a hard link where possible, so that undoing restores
 *    the same inode, but as a copy if it has other names, because a write to one of them would
 *    change the original too. Its new version is written beside it, flushed, and proven by asking the
 *    loader.
 * 2. Switch off. An object without symbols takes the library's name.
 * 3. Replace. The files are renamed into place, one by one, and load that object: whatever the
 *    order, the malloc of all files is still libc's.
 * 4. Switch on. The library is renamed over the object: in one step, all files use the library.
 * 5. Record.
 *
 * If the process is killed before step 4, the image uses its old malloc; after step 4, the library.
 * An unfinished link is undone by the next link before it starts (Restoring), in the opposite
 * order. A single program needs no switch.
 *
 * Rejected: renaming the directory of the whole image (its parent may belong to another user, and
 * containers mount it), and a journal (the originals serve as one).
 */
final class Linking {
  /** The unfinished name of the object that takes the library's name temporarily. */
  static final String STAND_IN = ".stub" + SafeFiles.UNFINISHED;

  private final Target target;
  private final Execution execution;
  private final ShippedLibrary shipped;
  private final String tool;
  private final Path library;
  private final Trial trial;
  private final Set<String> accepted;
  private final Map<Path, FileEdit> edits = new LinkedHashMap<>();

  /** The digests of the files as they were read for the edits. */
  private final Map<Path, String> read = new HashMap<>();

  /** The files whose originals this link has kept. */
  private final List<Path> kept = new ArrayList<>();

  private final List<Path> directories = new ArrayList<>();

  Linking(
      Target target,
      Execution execution,
      ShippedLibrary shipped,
      String tool,
      LinkOptions options) {
    this.target = target;
    this.execution = execution;
    this.shipped = shipped;
    this.tool = tool;
    this.trial = trial(options.start());
    this.accepted = new TreeSet<>(options.accepted());
    this.library = target.home().resolve(shipped.fileName());
  }

  private Trial trial(List<String> start) {
    if (!start.isEmpty() && execution.starting().isEmpty()) {
      throw LinkException.unusable(
          "%s cannot be started here, as --start asks: %s."
              .formatted(target.root(), execution.hindrance()));
    }
    return new Trial(execution.starting().orElse(Starting.HERE), target.root(), start);
  }

  LinkReport run(boolean dryRun) throws IOException {
    Optional<ChoiceRecord> record = ChoiceRecord.read(target.record());
    Restoring restoring = new Restoring(target);
    Optional<Path> renamed = restoring.renamed();
    if (renamed.isPresent()) {
      record = Optional.empty();
    }
    record.ifPresent(this::checkSameChoice);
    plan();
    if (record.isPresent() && isWhole(record.get())) {
      return new LinkReport(target.root(), title(), false, List.of(), prove(List.of()));
    }
    Checks.notRunning(target.programs());
    if (renamed.isPresent() && !dryRun) {
      restoring.refile(renamed.get());
      restoring = new Restoring(target);
    }
    boolean repair = renamed.isEmpty() && restoring.isNeeded();
    if (repair) {
      restoring.check();
    }
    if (repair && !dryRun) {
      restoring.run();
      plan();
    }
    if (!dryRun || !(repair || renamed.isPresent())) {
      checkHome();
    }
    List<String> steps = steps();
    if (renamed.isPresent()) {
      steps.addFirst(
          "%s: has the original of the earlier link from now on".formatted(renamed.get()));
    }
    if (repair) {
      steps.addFirst("incomplete: the earlier link is undone first");
    }
    if (dryRun) {
      return new LinkReport(target.root(), title(), false, steps, List.of());
    }
    return new LinkReport(target.root(), title(), true, steps, apply());
  }

  private String title() {
    return (shipped.allocator() + " " + shipped.version()).strip();
  }

  private void checkSameChoice(ChoiceRecord record) {
    SortedMap<String, String> wanted = shipped.record();
    if (!record.get("sha256").equals(wanted.get("sha256"))) {
      throw LinkException.unusable(
          "%s is already linked with %s %s (%s): undo that first, with onemalloc link --undo."
              .formatted(
                  target.root(),
                  record.get("allocator"),
                  record.get("version"),
                  record.get("tuning").isEmpty() ? "no settings built in" : record.get("tuning")));
    }
  }

  private void plan() throws IOException {
    edits.clear();
    for (Path file : target.files()) {
      ElfFile elf =
          target.isImage()
              ? Checks.readable(file, shipped.file())
              : Checks.program(file, shipped.file());
      read.put(file, SafeFiles.sha256(elf.bytes()));
      String needed = Naming.needed(file, library, target.needsAbsolute(file));
      boolean lookup = target.lookup().filter(file::equals).isPresent();
      edits.put(file, lookup ? FileEdit.lookup(elf, file, needed) : FileEdit.taking(elf, needed));
    }
  }

  private boolean isWhole(ChoiceRecord record) throws IOException {
    return edits.values().stream().noneMatch(FileEdit::changes)
        && new OwnFiles(target, Optional.of(record)).missing().isEmpty();
  }

  /**
   * Refuses to replace a file that is in the home already: another build, or a file of the user.
   */
  private void checkHome() throws IOException {
    Checks.names(target);
    if (Files.exists(library)
        && !SafeFiles.sha256(library).equals(SafeFiles.sha256(shipped.file().bytes()))) {
      throw LinkException.unusable(
          target.isImage()
              ? library + " is there and was not written by this link: move it away first."
              : "%s is another build, and a program beside it is linked with it: undo the link of that program first, or give the path of that library as the allocator."
                  .formatted(library));
    }
    shipped.companions().check(target.home());
    for (Path file : edits.keySet()) {
      if (edits.get(file).changes() && Naming.isAnothers(file)) {
        throw LinkException.unusable(
            "%s is already linked, by a link that %s does not record: put the original file in its place."
                .formatted(file, target.home()));
      }
      if (Files.exists(target.originalOf(file), LinkOption.NOFOLLOW_LINKS)) {
        throw LinkException.unusable(
            "%s is there and was not written by this link: move it away first."
                .formatted(target.originalOf(file)));
      }
    }
  }

  private List<String> steps() throws IOException {
    List<String> steps = new ArrayList<>();
    steps.add("%s: the library, from %s".formatted(shown(library), shipped.file().name()));
    for (Map.Entry<Path, FileEdit> entry : edits.entrySet()) {
      Path file = entry.getKey();
      FileEdit edit = entry.getValue();
      String names =
          hasOtherNames(file) ? "; its other names (hard links) keep the old content" : "";
      steps.add(target.nameOf(file) + ": " + edit.said() + names);
    }
    if (target.makesImagesOfItself()) {
      steps.add(
          "bin/jlink, jpackage: make no image from this JDK while it is linked, because it has no"
              + " jmods and they compare its files with the originals (JEP 493). Make the image"
              + " first and link that, or link a copy.");
    }
    return steps;
  }

  private String shown(Path file) {
    return target.isImage() ? target.nameOf(file) : file.toString();
  }

  private List<String> apply() throws IOException {
    try {
      SortedMap<String, String> record = shipped.record();
      prepare(record);
      List<Path> changed = edits.keySet().stream().filter(f -> edits.get(f).changes()).toList();
      List<String> evidence = new ArrayList<>(prove(changed));
      List<Path> started =
          target.programs().stream().filter(changed::contains).map(SafeFiles::beside).toList();
      if (!started.isEmpty()) {
        evidence.add(StartProof.of(execution, started));
      }
      if (target.isImage()) {
        replaceBehindSwitch(changed);
      } else {
        evidence.addAll(replaceAndTry(changed));
      }
      SafeFiles.commit(target.pending(), target.record());
      SafeFiles.flush(target.home());
      return evidence;
    } catch (IOException | RuntimeException e) {
      takeBack(e);
      throw e;
    }
  }

  private void takeBack(Exception failure) {
    try {
      Restoring restoring = new Restoring(target);
      restoring.discard(kept);
      restoring.run();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
    for (Path directory : directories) {
      try {
        Files.deleteIfExists(directory);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private void prepare(SortedMap<String, String> record) throws IOException {
    record.put("tool", tool);
    if (target.absolute()) {
      record.put(ChoiceRecord.ABSOLUTE, "true");
    }
    if (!accepted.isEmpty()) {
      record.put(Prospect.ACCEPTED, String.join(",", accepted));
    }
    Optional<String> made = OwnFiles.madeParent(target);
    made.ifPresent(directory -> record.put(OwnFiles.MADE, directory));
    if (!target.isImage()) {
      record.put(ChoiceRecord.PROGRAM, target.home().relativize(target.root()).toString());
    }
    for (Map.Entry<Path, FileEdit> entry : edits.entrySet()) {
      Path file = entry.getKey();
      record.put(
          "linked." + target.nameOf(file), SafeFiles.sha256(entry.getValue().file().bytes()));
      if (entry.getValue().changes()) {
        record.put("original." + target.nameOf(file), read.get(file));
      }
    }
    Optional<Path> licence = shipped.licenceFor(target.home(), record);
    directories.addAll(
        SafeFiles.createDirectories(target.home(), target.programs().getFirst().getParent()));
    SafeFiles.write(target.pending(), new ChoiceRecord(record).content(), "rw-r--r--");
    SafeFiles.flush(target.home());
    shipped.companions().write(target.home());
    SafeFiles.supply(library, shipped.file().bytes(), "rwxr-xr-x");
    if (licence.isPresent()) {
      byte[] text = Files.readAllBytes(shipped.licence().orElseThrow());
      SafeFiles.supply(licence.get(), text, "rw-r--r--");
    }
    for (Map.Entry<Path, FileEdit> entry : edits.entrySet()) {
      Path file = entry.getKey();
      if (entry.getValue().changes()) {
        keep(file);
        Attributes.copy(file, SafeFiles.prepare(file, entry.getValue().file().bytes()));
      }
    }
  }

  /**
   * Refuses to replace a file by the edit of an earlier content: a build may have installed a new
   * one since it was read.
   */
  private void checkUnchanged(List<Path> files) throws IOException {
    for (Path file : files) {
      checkAsRead(file, file);
    }
  }

  private void checkAsRead(Path file, Path copy) throws IOException {
    if (!SafeFiles.sha256(copy).equals(read.get(file))) {
      throw LinkException.unusable(
          file + " was changed while it was being linked, and is left as it is: link again.");
    }
  }

  private void keep(Path file) throws IOException {
    Path original = target.originalOf(file);
    SafeFiles.createDirectories(original.getParent(), target.programs().getFirst().getParent());
    if (hasOtherNames(file)) {
      SafeFiles.copy(file, original);
    } else {
      SafeFiles.keep(file, original);
    }
    kept.add(file);
    checkAsRead(file, original); // another file may have had the name for a moment
  }

  /** Returns whether the file can be written under a name that this link does not replace. */
  private static boolean hasOtherNames(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:nlink") > 1;
  }

  private List<String> prove(List<Path> changed) throws IOException {
    List<Path> programs = new ArrayList<>();
    for (Path program : target.programs()) {
      programs.add(changed.contains(program) ? SafeFiles.beside(program) : program);
    }
    List<Path> libraries =
        target.lookup().stream().map(l -> changed.contains(l) ? SafeFiles.beside(l) : l).toList();
    List<String> evidence =
        new ArrayList<>(LoaderProof.of(execution, target.image(), programs, libraries, library));
    // The programs of an image differ only in their names, so the first stands for all.
    evidence.addAll(Prospect.warnings(execution, programs.getFirst(), accepted));
    return evidence;
  }

  private List<String> replaceAndTry(List<Path> changed) throws IOException {
    if (!trial.isWanted()) {
      replace(changed);
      return List.of();
    }
    Trial.Outcome before = trial.start();
    replace(changed);
    return List.of(trial.compare(before));
  }

  private void replaceBehindSwitch(List<Path> changed) throws IOException {
    Path ready = SafeFiles.beside(library);
    SafeFiles.commit(library, ready);
    byte[] stub = StubObject.create(shipped.file(), shipped.fileName(), List.of());
    SafeFiles.write(library, library.resolveSibling(STAND_IN), stub, "rwxr-xr-x");
    SafeFiles.flush(target.home());
    replace(changed);
    SafeFiles.commit(ready, library);
    SafeFiles.flush(target.home());
  }

  private void replace(List<Path> changed) throws IOException {
    checkUnchanged(changed);
    for (Path file : changed) {
      SafeFiles.commit(SafeFiles.beside(file), file);
    }
    for (Path directory : changed.stream().map(Path::getParent).distinct().toList()) {
      SafeFiles.flush(directory);
    }
  }
}
