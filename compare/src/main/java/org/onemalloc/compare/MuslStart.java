package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.allocators.Kind;
import org.onemalloc.allocators.Origin;
import org.onemalloc.allocators.proof.BindingProof;
import org.onemalloc.inspect.ModelProof;
import org.onemalloc.inspect.loader.DynamicLoader;

/**
 * What is shown of a program of musl before it starts. musl's loader prints the libraries that it
 * loads and what it cannot bind ({@code ld-musl-ARCH.so.1 --list}), but not what it binds; that is
 * predicted by the loader model.
 */
final class MuslStart {
  private MuslStart() {}

  /**
   * Refuses a bundled allocator that does not load in a program of musl. Of others, the loader says
   * whether they do.
   *
   * @throws CommandException if it is one
   */
  static void requireFit(Allocator allocator, Program program) {
    if (program.isOfMusl()
        && allocator.origin() == Origin.BUNDLED
        && allocator.kind() == Kind.JEMALLOC) {
      throw CommandException.unusable(
          "%s is built for glibc and does not load in %s, which is a program of musl: choose mimalloc, or give the path of a jemalloc that is built for musl."
              .formatted(allocator.qualifiedName(), program.elf()));
    }
  }

  /**
   * Proves what a program binds.
   *
   * @param provider the library that must provide everything: the allocator, or musl itself
   * @param environment the whole environment, LD_PRELOAD in it
   * @throws IOException if the program cannot be read, or its loader cannot be started
   */
  static BindingProof proof(Program program, Path provider, Map<String, String> environment)
      throws IOException {
    List<String> refusal = refusal(program, environment);
    if (!refusal.isEmpty()) {
      return new BindingProof(List.of(), refusal);
    }
    Optional<JavaImage> image =
        program.isJava() ? JavaImage.around(program.elf()) : Optional.empty();
    ModelProof model =
        ModelProof.of(DynamicLoader.ofThisMachine(), program.elf(), image, provider, environment);
    List<String> evidence = new ArrayList<>();
    for (String sentence : model.proof().evidence()) {
      evidence.add(sentence.replaceFirst("^The loader", "A model of musl's loader"));
    }
    evidence.add("musl's own loader accepts it with all its libraries (--list).");
    evidence.add("Not proven: what musl's loader itself binds, which it does not print.");
    return new BindingProof(
        model.proof().proven() ? evidence : List.of(), model.proof().failures());
  }

  /** Returns what musl's loader says if it cannot load or relocate the program. */
  private static List<String> refusal(Program program, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(program.loader().toString(), "--list", program.elf().toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() == 0) {
        return List.of();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    String reason = said.lines().filter(line -> line.startsWith("Error")).findFirst().orElse(said);
    return List.of("%s does not start: %s".formatted(program.elf(), reason.strip()));
  }
}
