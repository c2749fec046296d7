package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.onemalloc.allocators.proof.StartCopy;
import org.onemalloc.allocators.proof.Starting;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.text.TemporaryFiles;

/** Starts edited programs up to their first own instruction, each as a {@link StartCopy}. */
final class StartProof {
  /** The end of the name of a copy that is started. */
  static final String COPY = ".onemalloc-start";

  private static final int SECONDS = 20;

  private StartProof() {}

  /**
   * Starts the copies of programs, and checks that they end as expected.
   *
   * @param execution how they are started
   * @param programs the edited programs, under their unfinished or final names
   * @return one sentence: what was proven, or why programs were not started
   * @throws LinkException if a program does not reach its first instruction
   */
  static String of(Execution execution, List<Path> programs) throws IOException {
    if (execution.starting().isEmpty()) {
      return "No program was started: %s.".formatted(execution.hindrance());
    }
    Starting starting = execution.starting().get();
    int started = 0;
    String missing = "";
    for (Path program : programs) {
      Optional<String> hindrance = start(starting, program);
      started += hindrance.isEmpty() ? 1 : 0;
      missing = hindrance.orElse(missing);
    }
    return started == programs.size()
        ? "%s started%s as far as %s own first instruction. What %s after that was not tried."
            .formatted(
                started == 1 ? "The program was" : "All %d programs were".formatted(started),
                starting.means().isEmpty() ? "" : " by %s".formatted(starting.means()),
                started == 1 ? "its" : "their",
                started == 1 ? "it does" : "they do")
        : "%d of %d programs were not started: %s."
            .formatted(programs.size() - started, programs.size(), missing);
  }

  /** Starts one program, or returns the reason why it cannot be started. */
  private static Optional<String> start(Starting starting, Path program) throws IOException {
    ElfFile file = ElfFile.read(program);
    Optional<byte[]> content = StartCopy.of(file);
    if (content.isEmpty()) {
      return Optional.of(
          "their processor is %s, for which starting is not implemented"
              .formatted(file.machine().name()));
    }
    Path copy = copyOf(program);
    try {
      SafeFiles.prepareAs(copy, content.get());
      run(starting, program, copy);
      return Optional.empty();
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /** Returns the path of the copy, beside the program. */
  static Path copyOf(Path program) {
    String name = program.getFileName().toString().replaceFirst("^\\.", "");
    return program.resolveSibling("." + name + COPY);
  }

  private static void run(Starting starting, Path program, Path copy) throws IOException {
    Path said = TemporaryFiles.newFile("onemalloc-start", ".txt");
    try {
      ProcessBuilder builder =
          starting
              .process(List.of(copy.toString()), Map.of())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      // Relative elements of a run path must not lead to a place that others can write.
      builder.directory(new java.io.File("/"));
      Process process = builder.start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      if (!ended || process.exitValue() != 0) {
        throw LinkException.unproven(
            "%s does not start with the allocator (%s), so nothing was changed: %s"
                .formatted(
                    Target.withoutUnfinished(program),
                    ended ? "exit code " + process.exitValue() : "it hangs",
                    said(said)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LinkException.unproven("Interrupted while " + program + " was started.");
    } finally {
      Files.deleteIfExists(said);
    }
  }

  private static String said(Path output) throws IOException {
    String text = new String(Files.readAllBytes(output), java.nio.charset.StandardCharsets.UTF_8);
    String line = text.lines().filter(l -> !l.isBlank()).findFirst().orElse("it says nothing");
    return line.strip();
  }
}
