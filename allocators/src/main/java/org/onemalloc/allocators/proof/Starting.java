package org.onemalloc.allocators.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;
import org.onemalloc.text.GivenEnvironment;

/**
 * How programs are started: by the kernel, or, for another processor, by qemu-user with the root of
 * that processor ({@link ForeignRoot}).
 */
/*
 * Design note. qemu is named on the command line, so that nothing has to be registered with the
 * kernel (binfmt_misc). The program's variables are passed by -E: in qemu's own environment, LD_DEBUG
 * and its kind would make this machine's loader answer, before qemu starts. What the program starts
 * itself is not emulated in this way, so this is for programs that start no others.
 */
public final class Starting {
  /** By the kernel. */
  public static final Starting HERE = new Starting(Optional.empty(), Path.of("/"));

  private final Optional<Path> emulator;
  private final Path root;

  private Starting(Optional<Path> emulator, Path root) {
    this.emulator = emulator;
    this.root = root;
  }

  /**
   * Returns how programs of another processor are started.
   *
   * @param program one of them
   * @param root their root
   * @return empty if no qemu-user for them is in the directories of PATH
   */
  public static Optional<Starting> emulated(ElfFile program, Path root) {
    return emulated(program, root, System.getenv().getOrDefault("PATH", ""));
  }

  static Optional<Starting> emulated(ElfFile program, Path root, String path) {
    String name = emulatorOf(program.machine());
    return Arrays.stream(path.split(":", -1))
        .filter(directory -> directory.startsWith("/") && !name.isEmpty())
        .flatMap(
            directory ->
                List.of(Path.of(directory, name), Path.of(directory, name + "-static")).stream())
        .filter(Files::isExecutable)
        .findFirst()
        .map(found -> new Starting(Optional.of(found), root));
  }

  private static String emulatorOf(ElfMachine machine) {
    return switch (machine.name()) {
      case "aarch64" -> "qemu-aarch64";
      case "x86-64" -> "qemu-x86_64";
      default -> "";
    };
  }

  /**
   * Returns the path of a program's loader on this machine.
   *
   * @param program a program that names its loader
   * @throws java.util.NoSuchElementException if it names none
   */
  public Path loader(ElfFile program) {
    Path named = Path.of(program.interpreter().orElseThrow());
    return emulator.isEmpty() ? named : root.resolve(named.getRoot().relativize(named));
  }

  /** Returns what starts the programs, for a sentence; empty if this is the kernel. */
  public String means() {
    return emulator
        .map(file -> "%s with the libraries of %s".formatted(file.getFileName(), root))
        .orElse("");
  }

  /**
   * Prepares the start of a program.
   *
   * @param command the path of the program, and its arguments
   * @param environment the whole environment that the program gets
   * @return a builder that is complete
   * @throws IOException if a value cannot be passed to the emulator
   */
  public ProcessBuilder process(List<String> command, Map<String, String> environment)
      throws IOException {
    if (emulator.isEmpty()) {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder.environment().putAll(environment);
      return builder;
    }
    List<String> words = new ArrayList<>();
    words.addAll(List.of(emulator.get().toString(), "-L", root.toString()));
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      if (variable.getValue().contains(",")) {
        throw new IOException(
            "qemu-user splits values at commas, and %s is %s"
                .formatted(variable.getKey(), variable.getValue()));
      }
      words.addAll(List.of("-E", variable.getKey() + "=" + variable.getValue()));
    }
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    return builder;
  }

  /**
   * Prepares the start of a program with the environment that this command was given.
   *
   * @param command as above
   * @return a builder that is complete
   */
  public ProcessBuilder asGiven(List<String> command) {
    List<String> words = new ArrayList<>();
    emulator.ifPresent(file -> words.addAll(List.of(file.toString(), "-L", root.toString())));
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words);
    GivenEnvironment.giveBack(builder.environment());
    return builder;
  }
}
