package org.onemalloc.link.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.link.FileFailure;
import org.onemalloc.link.LinkException;
import org.onemalloc.link.OwnOutput;
import org.onemalloc.link.step.Request.Kind;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.text.TemporaryFiles;
import org.onemalloc.text.Text;

/**
 * Runs a link step, and adds the binding for its kind of artifact.
 *
 * <p>The artifact is made under another name in the same directory, checked, and renamed. If the
 * link step or a check fails, the previous file is kept.
 */
public final class LinkStep {
  private LinkStep() {}

  /**
   * Runs a link step.
   *
   * @param request the requested link step
   * @return the exit code of the command; 0 if the artifact was made and passed its checks
   * @throws LinkException if the command cannot be used, or its artifact fails a check
   */
  public static int run(Request request) {
    try {
      return switch (request.kind()) {
        case STATIC -> archive(request);
        case AUTO, EXECUTABLE, SHARED -> step(request);
      };
    } catch (ObjectFileException e) {
      throw LinkException.unproven(e.getMessage());
    } catch (IOException e) {
      throw LinkException.unusable(
          "The link step cannot be done (%s): %s.".formatted(e, FileFailure.advice(e)));
    }
  }

  private static int step(Request request) throws IOException {
    Words words = Words.of(request.command());
    if (words.driver() == Driver.RUSTC || words.driver() == Driver.CARGO) {
      return withWork(work -> RustStep.run(request, words, work));
    }
    Optional<Artifact> artifact = words.artifact();
    if (words.isUnfinished()) {
      return Processes.inPlace(request.command(), Map.of()); // it says what is missing
    }
    if (artifact.isEmpty()) {
      if (request.kind() != Kind.AUTO) {
        throw LinkException.unusable(
            "The command makes no final artifact (%s), and --kind %s was given: give the command that links, or --kind auto."
                .formatted(String.join(" ", request.command()), request.kind().label()));
      }
      return Processes.inPlace(request.command(), Map.of());
    }
    check(request.kind(), artifact.get());
    words.driver().checkProgram(words.program());
    if (Files.exists(words.output()) && !Files.isRegularFile(words.output())) {
      // configure scripts probe a linker with /dev/null as output: there is no artifact to prove
      return Processes.inPlace(request.command(), Map.of());
    }
    Path directory = words.output().toAbsolutePath().getParent();
    if (!Files.isDirectory(directory)) {
      throw LinkException.unusable(
          "%s cannot be made, because the directory %s does not exist: make the directory first."
              .formatted(words.output(), directory));
    }
    if (request.allocator().isPresent()
        && artifact.get() == Artifact.SHARED
        && request.kind() != Kind.AUTO) {
      throw LinkException.unusable(
          "A shared library uses its host's allocator and chooses none: omit --allocator %s."
              .formatted(request.allocator().get()));
    }
    return withWork(work -> link(request, words, artifact.get(), work));
  }

  private static void check(Kind kind, Artifact artifact) {
    boolean agrees = kind == Kind.AUTO || (kind == Kind.SHARED) != artifact.isExecutable();
    if (!agrees) {
      throw LinkException.unusable(
          "The command links %s, and --kind %s was given: give the kind that its options say, or --kind auto."
              .formatted(artifact.words(), kind.label()));
    }
  }

  private static int link(Request request, Words words, Artifact artifact, Path work)
      throws IOException {
    OwnOutput own = OwnOutput.of(words.output());
    Path beside = own.unfinished();
    Recipe recipe = Recipe.of(request, words, artifact, work);
    own.keep();
    try {
      List<String> command = words.linking(beside, recipe.before(), recipe.after());
      int exitCode = Processes.inPlace(command, Map.of());
      if (exitCode != 0 || !Files.exists(beside)) {
        System.err.println(
            "onemalloc: %s failed with exit code %d and printed the lines above; %s is unchanged."
                .formatted(
                    Text.escaped(words.program()),
                    exitCode,
                    Text.escaped(words.output().toString())));
        return exitCode == 0 ? 1 : exitCode;
      }
      recipe.prove(beside);
      nameOutput(words, beside);
      own.finish();
      recipe.record(own.file());
      return 0;
    } catch (IOException | RuntimeException e) {
      recipe.takeBack();
      throw e;
    } finally {
      Files.deleteIfExists(beside);
      own.restore();
    }
  }

  /** Puts the name of the output into the linker's dependencies, which have that of its file. */
  private static void nameOutput(Words words, Path made) throws IOException {
    Optional<Path> dependencies = words.linkerDependencies().filter(Files::isRegularFile);
    if (dependencies.isPresent()) {
      String rule = Files.readString(dependencies.get(), StandardCharsets.ISO_8859_1);
      String name = bytes(made);
      if (rule.startsWith(name + ":")) {
        String corrected = bytes(words.output()) + rule.substring(name.length());
        Files.writeString(dependencies.get(), corrected, StandardCharsets.ISO_8859_1);
      }
    }
  }

  /** Returns a path as text with a character for each of its bytes. */
  private static String bytes(Path path) {
    return new String(
        path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static int archive(Request request) throws IOException {
    if (request.command().size() != 1) {
      throw LinkException.unusable(
          "--kind static takes one static library, as in --kind static libfoo.a: make it first.");
    }
    Path library = Path.of(request.command().getFirst());
    Archive archive = Archive.read(library);
    if (archive.bound()) {
      System.err.println(
          Text.escaped(library.toString()) + " has the host binding already: nothing to do.");
      return 0;
    }
    OwnOutput own = OwnOutput.of(library);
    return withWork(work -> add(own, archive, work));
  }

  private static int add(OwnOutput own, Archive archive, Path work) throws IOException {
    Path object = Bindings.object(Bindings.HOST, Driver.LD.compiler(""), List.of(), work);
    if (archive.first().isPresent()) {
      Bindings.checkMachine(object, archive.first().get());
    }
    own.replace(archive.withBinding(Files.readAllBytes(object)));
    return 0;
  }

  /** An action that needs a temporary directory. */
  private interface Action {
    int in(Path work) throws IOException;
  }

  private static int withWork(Action action) throws IOException {
    Path work = TemporaryFiles.newDirectory("onemalloc-link");
    try {
      return action.in(work);
    } finally {
      List<Path> all = new ArrayList<>();
      try (Stream<Path> files = Files.walk(work)) {
        files.sorted(Comparator.reverseOrder()).forEach(all::add);
      } catch (UncheckedIOException e) {
        all.clear(); // left to the system's cleaning of temporary files
      }
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    }
  }
}
