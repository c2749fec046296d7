package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.inspect.archive.NativeFile;
import org.onemalloc.inspect.archive.NativeFiles;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.hazard.Arrival;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.hazard.Parts;
import org.onemalloc.inspect.hazard.StartHazards;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.LoadedObject;
import org.onemalloc.inspect.loader.MissingLibrary;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.loader.OpenFlag;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * The prediction of one process: the host is started in the loader model, and every library that
 * belongs to it is opened there. Files that the model cannot open, because they are in an archive
 * or for another system, are described individually.
 */
final class Prediction {
  /**
   * The substitute host: a program that exists wherever this runs, and needs little more than libc.
   */
  private static final Path STAND_IN = Path.of(System.getProperty("java.home"), "bin", "java");

  private static final int MOST_NAMED = 5;

  private final DynamicLoader loader = DynamicLoader.ofThisMachine();
  private final List<String> preloads;
  private final List<Part> loose = new ArrayList<>();
  private final List<Path> libraries = new ArrayList<>();

  private final List<Hazard> hazards = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final FilesAside aside = new FilesAside(notes::add);
  private final JavaClasses classes = new JavaClasses();
  private Optional<Path> program = Optional.empty();
  private Optional<JavaImage> image = Optional.empty();
  private final Set<String> hidden = new LinkedHashSet<>();

  Prediction(List<Path> preloads) {
    this.preloads = preloads.stream().map(p -> p.toAbsolutePath().toString()).toList();
  }

  /** Adds a path, which {@link #parts()} examines together with all others. */
  void add(Path path) throws IOException {
    Optional<JavaImage> found =
        Files.isDirectory(path) ? JavaImage.at(path) : JavaImage.launchedBy(path);
    if (found.flatMap(JavaImage::launcher).isPresent() && program.isEmpty()) {
      image = found;
      program = found.get().launcher();
      archivesBeside(path);
      return;
    }
    List<Path> programs = new ArrayList<>();
    walk(path, programs);
    if (programs.size() == 1 && program.isEmpty()) {
      program = Optional.of(programs.getFirst());
    } else {
      programs.forEach(this::describeByItself);
    }
  }

  /** Adds the jars of a jpackage application, which are in lib/app. */
  private void archivesBeside(Path directory) throws IOException {
    Path application = directory.resolve("lib/app");
    if (Files.isDirectory(application)) {
      walk(application, new ArrayList<>());
    }
  }

  private void walk(Path path, List<Path> programs) throws IOException {
    NativeFiles.walk(path, file -> add(path, file, programs), classes::add, notes::add);
  }

  private void add(Path root, NativeFile file, List<Path> programs) {
    try {
      if (file.format() != NativeFormat.ELF || file.name().contains("!/")) {
        aside.add(root, file);
        return;
      }
      Path path = Path.of(file.name());
      ElfFile elf = loader.file(path);
      if (LinkerInput.isObject(elf)) {
        aside.add(root, file);
      } else {
        (ElfPrograms.isProgram(elf) ? programs : libraries).add(path);
      }
    } catch (ObjectFileException | IOException e) {
      FilesAside.refuse(file.name().equals(root.toString()), file.name(), e, notes::add);
    }
  }

  private void describeByItself(Path path) {
    try {
      ElfFile file = loader.file(path);
      loose.add(
          ElfPrograms.isStatic(file)
              ? StaticProgram.describe(file, Arrival.LOOSE)
              : LooseFile.describe(file, Optional.empty(), ElfPrograms.isProgram(file)));
    } catch (ObjectFileException | IOException e) {
      notes.add("Not inspected: " + e.getMessage());
    }
  }

  /** Returns all parts, the host first, then its guests. */
  List<Part> parts() throws IOException {
    List<Part> parts = new ArrayList<>();
    Optional<Namespace> namespace = start();
    List<Path> unopened = open(namespace);
    namespace.ifPresent(started -> parts.addAll(Parts.of(started)));
    unopened.forEach(this::describeByItself);
    boolean alone = program.isEmpty();
    FilesAside.Described others = aside.describe(namespace, alone);
    parts.addAll(loose);
    parts.addAll(others.fitting());
    int leftOut = aside.countForeign(namespace) + others.foreign().size();
    if (aside.hasObject()) {
      notes.add(
          "Objects and static libraries use the malloc of the program or library that they"
              + " are linked into.");
    }
    if (alone) {
      parts.addAll(others.foreign());
    } else if (leftOut > 0) {
      notes.add(leftOut + " files for other systems are omitted.");
    }
    return parts;
  }

  private Optional<Namespace> start() throws IOException {
    if (program.isPresent() && ElfPrograms.isStatic(loader.file(program.get()))) {
      loose.add(StaticProgram.describe(loader.file(program.get()), Arrival.PROGRAM));
      notes.add(
          program.get()
              + " is statically linked: its malloc is part of it and cannot be"
              + " replaced.");
      return Optional.empty();
    }
    boolean needsHost =
        program.isPresent()
            || !libraries.isEmpty()
            || aside.hasLibrary()
            || !(preloads.isEmpty() || classes.isEmpty());
    if (!needsHost) {
      return Optional.empty();
    }
    try {
      Path host = program.orElse(STAND_IN);
      Namespace namespace = loader.start(host, effectivePreloads(host), Map.of());
      hazards.addAll(StartHazards.of(namespace));
      if (program.isEmpty()) {
        notes.add(
            "The libraries are examined as if a Java virtual machine opened them: a library"
                + " uses the malloc of its host.");
        namespace.objects().forEach(object -> hide(object));
      }
      return Optional.of(namespace);
    } catch (ObjectFileException e) {
      if (program.isPresent()) {
        notes.add(e.getMessage());
        describeByItself(program.get());
      }
      return Optional.empty();
    }
  }

  /** Returns the preloads that the loader would accept. */
  private List<String> effectivePreloads(Path host) {
    Optional<String> secure = preloads.isEmpty() ? Optional.empty() : SecureExecution.reason(host);
    secure.ifPresent(
        reason -> hazards.add(StartHazards.ignored(host.toString(), reason, preloads)));
    return secure.isPresent() ? List.of() : preloads;
  }

  /** Hides an object of the substitute host; only those that guests bind to are shown. */
  private void hide(LoadedObject object) {
    boolean serves = preloads.contains(object.name()) || object.file().exports("malloc");
    if (!serves) {
      hidden.add(object.name());
    }
  }

  boolean isShown(Part part) {
    return !hidden.contains(part.name());
  }

  /** Opens the libraries of the process; returns those that cannot be opened. */
  private List<Path> open(Optional<Namespace> namespace) throws IOException {
    List<Path> unopened = new ArrayList<>();
    if (namespace.isEmpty()) {
      return libraries;
    }
    if (image.isPresent()) {
      Path virtualMachine = image.get().jvm();
      boolean _ = namespace.get().dlopen(virtualMachine, OpenFlag.GLOBAL).isPresent();
      for (Path library : image.get().libraries()) {
        boolean _ = tryToOpen(namespace.get(), library);
      }
    }
    reportMissing(namespace.get());
    for (Path library : libraries) {
      if (!tryToOpen(namespace.get(), library)) {
        unopened.add(library);
      }
    }
    return unopened;
  }

  private boolean tryToOpen(Namespace namespace, Path library) {
    try {
      Optional<LoadedObject> opened = namespace.dlopen(library.toAbsolutePath());
      opened.ifPresent(object -> hidden.remove(object.name()));
      return opened.isPresent();
    } catch (ObjectFileException e) {
      notes.add("Not inspected: " + e.getMessage());
      return false;
    }
  }

  private void reportMissing(Namespace namespace) {
    Set<String> names = new TreeSet<>();
    for (MissingLibrary missing : namespace.missing()) {
      if (missing.isAbsent()) {
        names.add(missing.name());
      } else {
        notes.add("Not inspected: " + missing.reason());
      }
    }
    if (!names.isEmpty()) {
      String some = String.join(", ", names.stream().limit(MOST_NAMED).toList());
      notes.add(
          "Libraries that are not on this machine: %s%s; what needs them is omitted."
              .formatted(some, names.size() > MOST_NAMED ? ", …" : ""));
    }
  }

  /** Returns the names of the classes that look malloc or free up by a handle, in order. */
  List<String> javaLookups() {
    return classes.lookups();
  }

  /** Returns the hazards at the start, which are known after {@link #parts()}. */
  List<Hazard> startHazards() {
    return List.copyOf(hazards);
  }

  List<String> notes() {
    return List.copyOf(notes);
  }
}
