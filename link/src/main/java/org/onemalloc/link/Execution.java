package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.allocators.proof.ForeignRoot;
import org.onemalloc.allocators.proof.Starting;
import org.onemalloc.inspect.ModelProof;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.MissingLibrary;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * What can be done here with the programs of a target: on their own processor they are started;
 * those of another one are emulated, if there is an emulator with all their libraries, or only
 * read.
 *
 * @param isOfMusl whether the programs are of musl, whose loader does not print what it binds
 * @param isForeign whether the processor is not this machine's
 * @param root the directory that is {@code /} on the machine of the programs; empty if it is not
 *     here
 * @param starting how the programs are started; empty if they cannot be started
 * @param hindrance the reason why they cannot be started, half a sentence; empty if they can
 */
public record Execution(
    boolean isOfMusl,
    boolean isForeign,
    Optional<Path> root,
    Optional<Starting> starting,
    String hindrance) {

  /**
   * Finds out what can be done with programs.
   *
   * @param programs the programs, and libraries that they load later; all for one processor
   * @param environment the environment in which the loader looks for their libraries
   * @return the answer for all of them
   * @throws org.onemalloc.objectfile.ObjectFileException if one is malformed or not dynamic
   * @throws IOException if one cannot be read
   */
  public static Execution of(List<Path> programs, Map<String, String> environment)
      throws IOException {
    ElfFile first = ElfFile.read(programs.getFirst());
    boolean musl = ElfPrograms.isOfMusl(first);
    if (ElfKind.ofThisProcess().filter(first.kind()::equals).isPresent()) {
      return new Execution(musl, false, Optional.of(Path.of("/")), Optional.of(Starting.HERE), "");
    }
    String processor = "the processor is " + first.kind().title();
    Optional<Path> root = ForeignRoot.find(first, programs.getFirst());
    if (root.isEmpty()) {
      return onlyRead(
          musl,
          root,
          "%s, and its loader is not here (%s can name a directory that has it)"
              .formatted(processor, ForeignRoot.VARIABLE));
    }
    Optional<Starting> emulated = Starting.emulated(first, root.get());
    if (emulated.isEmpty()) {
      return onlyRead(musl, root, processor + ", and no qemu-user for it is in PATH");
    }
    Set<String> missing = missing(programs, environment, root);
    return missing.isEmpty()
        ? new Execution(musl, true, root, emulated, "")
        : onlyRead(
            musl,
            root,
            "%s, and %s lacks %s (%s can name a directory that has it)"
                .formatted(
                    processor, root.get(), String.join(", ", missing), ForeignRoot.VARIABLE));
  }

  /** Finds out what can be done with the programs of a target, and with a JVM of it. */
  static Execution of(Target target) throws IOException {
    List<Path> files = new ArrayList<>(target.programs());
    target.image().ifPresent(image -> files.add(image.jvm()));
    return of(files, Map.of());
  }

  private static Execution onlyRead(boolean musl, Optional<Path> root, String hindrance) {
    return new Execution(musl, true, root, Optional.empty(), hindrance);
  }

  private static Set<String> missing(
      List<Path> programs, Map<String, String> environment, Optional<Path> root)
      throws IOException {
    Set<String> missing = new LinkedHashSet<>();
    DynamicLoader model = DynamicLoader.ofAnotherMachine(root);
    for (Path program : programs) {
      model.start(program, environment).missing().stream()
          .map(MissingLibrary::name)
          .forEach(missing::add);
    }
    return missing;
  }

  /**
   * Proves what one of the programs binds: asks its loader, or the model of it.
   *
   * @param program the program
   * @param allocator the library that must provide everything
   * @param environment the whole environment of the program
   * @return what was found
   * @throws IOException if the program cannot be read, or the loader cannot be started
   */
  public BindingProof proof(Path program, Path allocator, Map<String, String> environment)
      throws IOException {
    if (starting.isEmpty() || isOfMusl) {
      return ModelProof.of(model(), program, Optional.empty(), allocator, environment).proof();
    }
    Path loader = starting.get().loader(ElfFile.read(program));
    return BindingProof.of(starting.get(), program, loader, List.of(), allocator, environment);
  }

  /**
   * Returns the libraries with which a program starts, as far as they are here, by the model.
   *
   * @param program the program
   * @param environment its whole environment
   * @return the paths of the libraries on this machine, in the order of loading
   * @throws IOException if the program cannot be read
   */
  public List<Path> libraries(Path program, Map<String, String> environment) throws IOException {
    DynamicLoader model = model();
    return model.start(program, environment).objects().stream()
        .skip(1)
        .map(object -> model.placeOf(object.path()))
        .filter(Files::isRegularFile)
        .toList();
  }

  /** Returns a new model of the programs' loader. */
  DynamicLoader model() {
    return isForeign ? DynamicLoader.ofAnotherMachine(root) : DynamicLoader.ofThisMachine();
  }

  /**
   * Returns who proves what programs of another processor are bound to.
   *
   * @return the end of a sentence
   */
  public String prover() {
    return starting.isPresent()
        ? "the loader, run by %s.".formatted(starting.get().means())
        : "a model of the loader: %s.".formatted(hindrance);
  }
}
