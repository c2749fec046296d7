package org.onemalloc.link;

import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Choice;
import org.onemalloc.inspect.Forecast;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * Links a Java image or a program with an allocator, undoes a link, and proves that a target is
 * linked.
 *
 * <p>One process at a time acts on a target. An action that fails throws a {@link LinkException},
 * whose message is for the user, and has changed nothing.
 */
public final class Link {
  /** A setting of jemalloc (jemalloc(3), opt.background_thread). */
  private static final String BACKGROUND_THREAD = "background_thread";

  private Link() {}

  /**
   * Chooses an allocator for the processor of a target.
   *
   * @param target as for {@link #link}
   * @param allocator its name or path, as {@link Allocators#choose} takes it
   * @return the allocator
   * @throws LinkException if the target cannot be used
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator for it
   */
  public static Choice choose(Path target, String allocator) {
    Path program;
    try {
      program = Target.of(target).programs().getFirst();
    } catch (LinkException e) {
      Choice _ = Allocators.ofThisMachine().choose(allocator); // a wrong name is said first
      throw e;
    }
    try {
      return Allocators.forPrograms(ElfFile.read(program).kind()).choose(allocator);
    } catch (ObjectFileException e) {
      throw LinkException.unusable(e.getMessage(), e);
    } catch (IOException e) {
      throw LinkException.unusable(
          "%s cannot be read (%s): give a Java image or a program."
              .formatted(program, Target.said(e)),
          e);
    }
  }

  /**
   * Makes an allocator part of a target.
   *
   * @param target a JDK, a JRE, a jlink image, a jpackage application, or a program
   * @param choice the allocator, and whether its profile is built in
   * @param tool the version of the tool, for the record
   * @param dryRun whether to report only what would be done, and change nothing
   * @return what was done: nothing if the target is already linked with this choice
   * @throws LinkException if the target cannot be used or the proof fails
   */
  public static LinkReport link(Path target, Choice choice, String tool, boolean dryRun) {
    return link(target, choice, tool, new LinkOptions(dryRun, List.of(), Set.of(), false));
  }

  /**
   * Makes an allocator part of a target, in another way than the usual one.
   *
   * @param target as above
   * @param choice as above
   * @param tool as above
   * @param options what is done otherwise
   * @return what was done: nothing if the target is already linked with this choice
   * @throws LinkException if the target cannot be used, a proof fails, or an option is not for this
   *     target ({@link LinkOptions})
   */
  public static LinkReport link(Path target, Choice choice, String tool, LinkOptions options) {
    Prospect.check(options.accepted());
    Target found = Target.of(target);
    try (TargetLock _ = TargetLock.of(found.base())) {
      return locked(target, choice, tool, options);
    }
  }

  private static LinkReport locked(Path target, Choice choice, String tool, LinkOptions options) {
    Target found = Target.of(target); // the target may have changed during the wait for the lock
    if (found.isImage() && !options.start().isEmpty()) {
      throw LinkException.unusable(
          found.root()
              + " is a Java image, and --start is for a program: --verify starts a JVM of an image.");
    }
    try {
      Surroundings.check(target, found);
      found = found.naming(options.absolute() || isAbsolute(ChoiceRecord.read(found.record())));
      Surroundings.checkEnvironment(found, choice.allocator());
      Surroundings.checkCapabilities(found);
      boolean forProgram = !found.isImage() && !found.isForSecureExecution();
      Execution execution = Execution.of(found);
      boolean filters =
          !found.isImage()
              && Forecast.canFilterSystemCalls(execution.model(), found.root(), Map.of());
      Choice fitting = choice.behindFilter(filters);
      refuseThread(found, fitting);
      ShippedLibrary shipped =
          execution.isOfMusl()
              ? ShippedLibrary.ofMusl(fitting)
              : ShippedLibrary.of(fitting, forProgram);
      return new Linking(found, execution, shipped, tool, options).run(options.dryRun());
    } catch (ObjectFileException e) {
      throw LinkException.unusable(e.getMessage(), e);
    } catch (IOException e) {
      throw failed(found, e);
    }
  }

  /** Refuses a profile that starts a thread in a program that must have only one. */
  private static void refuseThread(Target found, Choice choice) throws IOException {
    boolean starts =
        choice.settings().stream()
            .anyMatch(s -> s.name().equals(BACKGROUND_THREAD) && s.value().equals("true"));
    if (found.isImage() || !starts) {
      return;
    }
    if (ElfPrograms.canChangeNamespaces(ElfFile.read(found.root()))) {
      throw LinkException.unusable(
          "%s changes its namespaces, which the kernel permits only to a process with one thread, and %s starts another (background_thread): link it without."
              .formatted(found.root(), choice.name()));
    }
  }

  /**
   * Restores the original files of a target, byte for byte. Their owners, permissions and extended
   * attributes stay as they are now: those of the originals, unless they were changed after the
   * link. Every file is checked against the record before the first is changed, and only files that
   * onemalloc wrote are removed.
   *
   * @param target the target of a finished or an interrupted link
   * @param dryRun whether to report only what would be done, and change nothing
   * @return what was done, or would be done
   * @throws LinkException if the target was not linked, or a file cannot be restored; the message
   *     then names the file, and nothing was changed
   */
  public static LinkReport undo(Path target, boolean dryRun) {
    Target found = Target.of(target);
    try (TargetLock _ = TargetLock.of(found.base())) {
      return undo(target, Target.of(target), dryRun);
    }
  }

  private static LinkReport undo(Path target, Target found, boolean dryRun) {
    try {
      Surroundings.check(target, found);
      Restoring restoring = new Restoring(found);
      if (!found.isImage()
          && !restoring.hasOriginals()
          && Naming.isLinked(found.root(), found.home())) {
        throw LinkException.unusable(
            found.root()
                + " has no original: it was built with its allocator, is a copy of a linked program,"
                + " or its original was removed. Build, copy or install it again.");
      }
      if (!restoring.isNeeded()) {
        throw LinkException.unusable(found.root() + " is not linked: there is nothing to undo.");
      }
      Checks.notRunning(found.programs());
      restoring.checkNotRenamed();
      restoring.check();
      List<String> steps = new ArrayList<>(restoring.steps());
      String done =
          restoring.haveReplaced()
              ? "The link of %s is undone; what was replaced after it stays as it is."
              : "%s is restored to its state before the link.";
      if (!dryRun) {
        steps.addAll(restoring.run());
      }
      return new LinkReport(
          found.root(),
          "system",
          !dryRun,
          steps,
          dryRun ? List.of() : List.of(done.formatted(found.root())));
    } catch (IOException e) {
      throw failed(found, e);
    }
  }

  /**
   * Proves that a target is linked: its library is the recorded one, the loader binds every
   * reference to it, and, for a Java image, a JVM started from the image uses no other allocator.
   *
   * @param target the linked target
   * @return the evidence
   * @throws LinkException if the target is not linked, or a proof fails
   */
  public static LinkReport verify(Path target) {
    Target found = Target.of(target);
    try (TargetLock _ = TargetLock.of(found.base())) {
      return verify(target, Target.of(target));
    }
  }

  private static LinkReport verify(Path target, Target found) {
    try {
      Surroundings.check(target, found);
      Surroundings.checkCapabilities(found);
      Optional<ChoiceRecord> record = ChoiceRecord.read(found.record());
      Path library =
          record
              .map(r -> found.home().resolve(r.fileName("library")))
              .or(() -> found.isImage() ? Optional.empty() : Naming.libraryOf(found.root()))
              .orElseThrow(
                  () ->
                      LinkException.unproven(
                          "%s is not linked: %s does not exist."
                              .formatted(found.root(), found.record())));
      List<String> evidence = new ArrayList<>();
      evidence.add(checkLibrary(found, library, record));
      checkReaders(found, library);
      for (Path file : found.files()) {
        Checks.rights(file);
        checkFile(file, found);
      }
      evidence.addAll(new Restoring(found).edited());
      if (Naming.isRelative(found.programs().getFirst())) {
        evidence.add(
            "The library is named relative to the program ($ORIGIN), and the loader expands that"
                + " neither without /proc nor where the kernel sets AT_SECURE, as for a process with"
                + " another real than effective user: link --absolute names it by its path.");
      }
      Execution execution = Execution.of(found);
      evidence.addAll(
          LoaderProof.of(
              execution,
              found.image(),
              found.programs(),
              found.lookup().stream().toList(),
              library));
      String accepted = record.map(r -> r.get(Prospect.ACCEPTED)).orElse("");
      evidence.addAll(Prospect.proven(execution, found.programs().getFirst(), accepted));
      if (found.isImage()) {
        evidence.addAll(new InsideProof(found, execution, library).run());
      }
      if (found.hasCapabilities()) {
        evidence.add(
            "Programs with file capabilities name the library by its absolute path; starting them"
                + " with the rights of another user was not tried.");
      }
      String title =
          record
              .map(r -> (r.get("allocator") + " " + r.get("version")).strip())
              .orElse(library.getFileName().toString());
      return new LinkReport(found.root(), title, false, List.of(), evidence);
    } catch (ObjectFileException e) {
      throw LinkException.unproven(e.getMessage());
    } catch (IOException e) {
      throw failed(found, e);
    }
  }

  private static boolean isAbsolute(Optional<ChoiceRecord> record) {
    return record.filter(r -> !r.get(ChoiceRecord.ABSOLUTE).isEmpty()).isPresent();
  }

  private static void checkFile(Path file, Target target) throws IOException {
    if (!Naming.isLinked(file, target.home())) {
      throw LinkException.unproven(
          (Naming.isAbsolute(file)
                  ? "%s names its allocator by the path of another place: it was linked with --absolute, and then moved. Put it back, or undo the link and link it here."
                  : "%s does not load the allocator first: link again.")
              .formatted(file));
    }
    if (target.needsAbsolute(file) && Naming.isRelative(file)) {
      throw LinkException.unproven(
          "%s names the allocator relative to itself, and the loader does not expand $ORIGIN for a program with file capabilities: undo the link, which keeps them, and link again."
              .formatted(file));
    }
  }

  private static String checkLibrary(Target target, Path library, Optional<ChoiceRecord> record)
      throws IOException {
    if (!Files.exists(library)) {
      throw LinkException.unproven(
          "%s does not exist, so a program that is linked with it does not start: copy lib/onemalloc along with the program, or link the program where it is."
              .formatted(library));
    }
    if (record.isEmpty()) {
      return "%s is the library that the loader finds. There is no record of the link, so its content was not checked."
          .formatted(library);
    }
    for (Path file : new OwnFiles(target, record).missing()) {
      throw LinkException.unproven(
          Files.exists(file)
              ? file + " is not the library that was linked: link again."
              : file + " is not there: link again.");
    }
    return "%s has the recorded SHA-256.".formatted(library);
  }

  /**
   * Refuses a library that root can load, but not everybody who may start the programs: the loader
   * opens it with the rights of the user who starts them.
   */
  private static void checkReaders(Target target, Path library) throws IOException {
    for (Path program : target.programs()) {
      boolean isOpen =
          Files.getPosixFilePermissions(program).contains(OTHERS_EXECUTE)
              && Files.getPosixFilePermissions(program.getParent()).contains(OTHERS_EXECUTE);
      if (!isOpen) {
        continue;
      }
      boolean readable = Files.getPosixFilePermissions(library).contains(OTHERS_READ);
      Path closed = readable ? null : library;
      for (Path in = library.getParent();
          closed == null && in.startsWith(target.base()) && !in.equals(target.base());
          in = in.getParent()) {
        closed = Files.getPosixFilePermissions(in).contains(OTHERS_EXECUTE) ? null : in;
      }
      if (closed != null) {
        throw LinkException.unproven(
            "Everybody may start %s, which then loads %s, but %s has the mode %s: make it as readable as the program."
                .formatted(
                    program,
                    library,
                    closed,
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(closed))));
      }
    }
  }

  private static LinkException failed(Target target, IOException e) {
    return LinkException.unusable(
        "%s cannot be changed (%s): %s."
            .formatted(target.root(), e.getMessage(), FileFailure.advice(e)),
        e);
  }
}
