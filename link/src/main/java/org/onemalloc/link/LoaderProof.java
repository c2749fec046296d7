package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.allocators.proof.Starting;
import org.onemalloc.inspect.ModelProof;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * Asks the loader, in an empty environment, which library it binds the malloc of linked files to;
 * where no loader can answer, a model of it.
 */
final class LoaderProof {
  private static final int MOST_NAMES = 5;

  private LoaderProof() {}

  /**
   * Proves that the loader binds the malloc of programs and libraries to an allocator.
   *
   * @param execution how the programs are started
   * @param image the Java image that they belong to; empty for none
   * @param programs the programs, under their unfinished or final names
   * @param libraries the libraries that the programs load later
   * @return the evidence
   * @throws LinkException if the loader binds a reference to another library
   */
  static List<String> of(
      Execution execution,
      Optional<JavaImage> image,
      List<Path> programs,
      List<Path> libraries,
      Path allocator)
      throws IOException {
    return execution.starting().isPresent() && !execution.isOfMusl()
        ? byLoader(execution.starting().get(), programs, libraries, allocator)
        : byModel(execution, image, programs, allocator);
  }

  private static List<String> byLoader(
      Starting starting, List<Path> programs, List<Path> libraries, Path allocator)
      throws IOException {
    Set<String> failures = new LinkedHashSet<>();
    List<Path> asked = new ArrayList<>();
    for (Path file : libraries) {
      if (!ProcessLookup.isOne(ElfFile.read(file))) {
        asked.add(file); // a lookup library calls no malloc, and asked alone would find itself
      }
    }
    boolean first = true;
    for (Path program : programs) {
      Path loader = starting.loader(ElfFile.read(program));
      List<Path> later = first ? asked : List.of();
      BindingProof proof = BindingProof.of(starting, program, loader, later, allocator, Map.of());
      failures.addAll(proof.failures());
      first = false;
    }
    return verdict("loader" + by(starting), failures, programs.size() + asked.size(), allocator);
  }

  private static String by(Starting starting) {
    return starting.means().isEmpty() ? "" : ", run by %s,".formatted(starting.means());
  }

  private static List<String> byModel(
      Execution execution, Optional<JavaImage> image, List<Path> programs, Path allocator)
      throws IOException {
    Set<String> failures = new LinkedHashSet<>();
    Set<String> missing = new LinkedHashSet<>();
    DynamicLoader model = execution.model();
    Set<String> files = new LinkedHashSet<>();
    for (Path program : programs) {
      Optional<JavaImage> opened = files.isEmpty() ? image : Optional.empty();
      ModelProof proof = ModelProof.of(model, program, opened, allocator, Map.of());
      files.addAll(proof.files());
      failures.addAll(proof.proof().failures());
      missing.addAll(proof.missing());
    }
    List<String> evidence =
        new ArrayList<>(verdict("model of the loader", failures, files.size(), allocator));
    evidence.add(
        execution.isOfMusl()
            ? "The loader itself was not asked: that of musl does not print what it binds."
            : "The loader itself was not asked.");
    if (!missing.isEmpty()) {
      evidence.add(
          "Not examined, because they are not here: %s%s."
              .formatted(
                  String.join(", ", missing.stream().limit(MOST_NAMES).toList()),
                  missing.size() > MOST_NAMES ? ", …" : ""));
    }
    return evidence;
  }

  private static List<String> verdict(String who, Set<String> failures, int files, Path allocator) {
    if (!failures.isEmpty()) {
      throw LinkException.unproven(
          "The %s does not bind everything to the allocator, so nothing was changed: %s"
              .formatted(who, String.join(" ", failures)));
    }
    return List.of(
        "The %s binds every malloc-family reference of %d %s to %s."
            .formatted(who, files, files == 1 ? "file" : "files", allocator));
  }
}
