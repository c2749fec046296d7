package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;
import org.onemalloc.text.TemporaryFiles;

/**
 * Starts edited programs as far as their first own instruction.
 *
 * <p>A copy of the program is started whose first instruction ({@code e_entry}) is replaced by a
 * call of {@code exit_group(0)}. So the kernel maps it, the loader loads and relocates everything,
 * and the constructors of its libraries run, the allocator's among them; nothing of the program
 * itself does.
 */
/*
 * Design note. LD_TRACE_LOADED_OBJECTS, which the binding proof uses, maps and relocates but runs no
 * constructor, and the kernel never sees the program headers if the loader opens the file. Rejected:
 * ptrace (needs rights that containers do not give), and starting the program itself (its effects
 * without arguments are unknown).
 */
final class StartProof {
  private static final int SECONDS = 20;

  /** exit_group(0) by Linux's system call numbers: 231 on x86-64, 94 on aarch64. */
  private static final Map<ElfMachine, byte[]> EXIT =
      Map.of(
          ElfMachine.X86_64, HexFormat.of().parseHex("b8e700000031ff0f05"),
          ElfMachine.AARCH64, HexFormat.of().parseHex("c80b8052000080d2010000d4"));

  private StartProof() {}

  /**
   * Starts programs.
   *
   * @param programs edited programs, under unfinished names or their own
   * @return one sentence: what was proven, or that it was not
   * @throws LinkException if one does not reach its first instruction
   */
  static String of(List<Path> programs) throws IOException {
    int started = 0;
    String missing = "";
    for (Path program : programs) {
      Optional<String> hindrance = start(program);
      started += hindrance.isEmpty() ? 1 : 0;
      missing = hindrance.orElse(missing);
    }
    return started == programs.size()
        ? "%s started as far as %s own first instruction. What %s after that was not tried."
            .formatted(
                started == 1 ? "The program was" : "All %d programs were".formatted(started),
                started == 1 ? "its" : "their",
                started == 1 ? "it does" : "they do")
        : "%d of %d programs were not started: %s."
            .formatted(programs.size() - started, programs.size(), missing);
  }

  /** Starts one; says why it could not be tried. */
  private static Optional<String> start(Path program) throws IOException {
    ElfFile file = ElfFile.read(program);
    byte[] exit = file.is64Bit() ? EXIT.get(file.machine()) : null;
    if (exit == null) {
      return Optional.of(
          "their processor is %s, for which this is not implemented"
              .formatted(file.machine().name()));
    }
    Path copy = copyOf(program);
    try {
      byte[] content = file.withBytesAt(file.entry(), exit);
      SafeFiles.prepareAs(copy, content);
      run(program, copy);
      return Optional.empty();
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /** The name of the copy, beside the program. */
  static Path copyOf(Path program) {
    String name = program.getFileName().toString().replaceFirst("^\\.", "");
    return program.resolveSibling("." + name + ".onemalloc-start");
  }

  private static void run(Path program, Path copy) throws IOException {
    Path said = TemporaryFiles.newFile("onemalloc-start", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(copy.toString())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      builder.environment().clear();
      builder.directory(said.getParent().toFile());
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
