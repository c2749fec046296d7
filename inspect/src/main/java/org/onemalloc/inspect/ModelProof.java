package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.allocators.proof.LoaderTrace;
import org.onemalloc.inspect.loader.Binding;
import org.onemalloc.inspect.loader.Definition;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.JavaProcess;
import org.onemalloc.inspect.loader.LoadedObject;
import org.onemalloc.inspect.loader.MissingLibrary;
import org.onemalloc.inspect.loader.Namespace;

/**
 * What the loader model predicts of a program's malloc, for programs whose loader cannot be asked
 * here: those of musl, whose loader prints no bindings, and those of other processors.
 *
 * @param proof the judgement of what is bound
 * @param files the names of the files that were examined
 * @param missing the names of the libraries that are not here, so that what they refer to was not
 *     examined, sorted by discovery
 */
public record ModelProof(BindingProof proof, List<String> files, List<String> missing) {
  private static final Set<String> FAMILY = Set.copyOf(MallocFamily.ALL);

  /** Copies the lists. */
  public ModelProof {
    files = List.copyOf(files);
    missing = List.copyOf(missing);
  }

  /**
   * Predicts what a program's references to the malloc family are bound to.
   *
   * @param loader the loader of the program's machine
   * @param program a dynamically linked program
   * @param image the Java image whose libraries the program opens later; empty for none
   * @param allocator the library that must provide everything
   * @param environment the whole environment that the program will get, LD_PRELOAD in it
   * @return the prediction
   * @throws org.onemalloc.objectfile.ObjectFileException if the program is malformed
   * @throws IOException if it cannot be read
   */
  public static ModelProof of(
      DynamicLoader loader,
      Path program,
      Optional<JavaImage> image,
      Path allocator,
      Map<String, String> environment)
      throws IOException {
    Namespace process = loader.start(program, environment);
    if (image.isPresent()) {
      JavaProcess.openLibraries(image.get(), process);
    }
    Set<String> missing = new LinkedHashSet<>();
    process.missing().stream().map(MissingLibrary::name).forEach(missing::add);
    List<LoaderTrace.Binding> bindings = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (Binding binding : process.bindings(FAMILY::contains)) {
      String symbol = binding.reference().symbol();
      String from = binding.from().name();
      Optional<Definition> found = binding.provider().flatMap(process::implementation);
      if (found.isPresent()) {
        bindings.add(new LoaderTrace.Binding(from, found.get().object().name(), symbol));
      } else if (!binding.reference().weak()) {
        failures.add("%s calls %s, which nothing here defines.".formatted(from, symbol));
      }
    }
    BindingProof bound = BindingProof.ofAnswer(program, bindings, allocator);
    failures.addAll(bound.failures());
    BindingProof proof =
        new BindingProof(failures.isEmpty() ? bound.evidence() : List.of(), failures);
    List<String> files = process.objects().stream().map(LoadedObject::name).toList();
    return new ModelProof(proof, files, List.copyOf(missing));
  }
}
