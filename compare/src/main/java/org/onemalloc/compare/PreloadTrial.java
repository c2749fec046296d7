package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onemalloc.allocators.proof.StartCopy;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.text.TemporaryFiles;

/**
 * Starts a minimal program with all libraries that will be preloaded. The libraries that LD_PRELOAD
 * already contained may conflict with an allocator. An example is libfaketime: its clock requests
 * memory, the allocator, which is not yet initialised, requests the time, and the program crashes
 * or hangs before its first instruction. The proof by the loader does not show such a conflict,
 * because it only binds symbols.
 */
final class PreloadTrial {
  private static final List<Path> PROGRAMS =
      List.of(Path.of("/usr/bin/true"), Path.of("/bin/true"));

  /** Far longer than the program takes on any machine. A program that hangs never ends. */
  private static final int SECONDS = 30;

  private static final String HANGS = "does not end";
  private static final String BY_SIGNAL = "ends by signal ";

  private PreloadTrial() {}

  private static Optional<Path> minimalProgram() {
    return PROGRAMS.stream().filter(Files::isExecutable).findFirst();
  }

  /**
   * Refuses a combination of libraries with which no program starts.
   *
   * @param library the allocator
   * @param others the libraries that LD_PRELOAD already contained
   * @param environment the whole environment, LD_PRELOAD in it
   * @throws CommandException if the minimal program fails
   */
  static void require(Path library, List<String> others, Map<String, String> environment) {
    Optional<Path> program = minimalProgram();
    if (others.isEmpty() || program.isEmpty()) {
      return;
    }
    String outcome = outcome(program.get(), environment);
    if (!outcome.isEmpty()) {
      throw CommandException.unusable(
          "LD_PRELOAD has %s, and together with %s even %s %s: take it out of LD_PRELOAD, or choose another allocator."
              .formatted(String.join(", ", others), library, program.get(), outcome));
    }
  }

  /**
   * Refuses a program that preloads a library which conflicts with the allocator.
   *
   * @param program the program to start
   * @param library the allocator
   * @param environment the whole environment, LD_PRELOAD in it
   * @throws CommandException if the minimal program fails with one of those libraries
   */
  static void requireOf(Program program, Path library, Map<String, String> environment) {
    Optional<Path> smallest = minimalProgram();
    if (smallest.isEmpty()) {
      return;
    }
    for (String own : OwnPreloads.of(program.object())) {
      if (!isTrusted(own)) {
        continue;
      }
      Map<String, String> both = new HashMap<>(environment);
      both.merge("LD_PRELOAD", own, (before, added) -> before + ":" + added);
      String outcome = outcome(smallest.get(), both);
      if (!outcome.isEmpty()) {
        throw CommandException.unusable(
            "%s preloads %s for what it starts, and together with %s even %s %s: choose another allocator."
                .formatted(program.file(), own, library, smallest.get(), outcome));
      }
    }
  }

  /**
   * Returns whether a library that a program names exists, and only this user and root can replace
   * it. Of a name with a token of the loader, such as {@code $LIB}, the directory before the token
   * is examined.
   */
  private static boolean isTrusted(String name) {
    Path examined = Path.of(name);
    while (examined.toString().contains("$")) {
      examined = examined.getParent();
    }
    try {
      return Files.exists(examined)
          && !Files.getPosixFilePermissions(examined).contains(PosixFilePermission.OTHERS_WRITE)
          && TemporaryFiles.exchangeable(examined).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Refuses a program that crashes or hangs because it defines a function of the C library that the
   * allocator calls. The loader binds the allocator's call to the program's function, and an
   * allocator that calls it during its initialisation may fail. Most such functions behave like
   * those of the C library. The program is therefore started up to its own first instruction, and
   * refused if it crashes or hangs.
   *
   * @param program the program to start
   * @param library the allocator
   * @param environment the whole environment, LD_PRELOAD in it
   * @throws CommandException if the program does not reach its first instruction
   */
  static void requireStart(Program program, Path library, Map<String, String> environment) {
    // A copy elsewhere would find what $ORIGIN or a relative path leads to in another place, where
    // another user may have put it.
    if (!standsAlone(program.object())) {
      return;
    }
    Set<String> replaced = replaced(program.object(), library);
    Optional<byte[]> content =
        replaced.isEmpty() ? Optional.empty() : StartCopy.of(program.object());
    if (content.isEmpty()) {
      return;
    }
    String outcome;
    try {
      Path directory = TemporaryFiles.newDirectory("onemalloc-start");
      Path copy = directory.resolve(program.elf().getFileName().toString());
      try {
        Files.write(copy, content.get());
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
        outcome = outcome(copy, environment);
      } finally {
        Files.deleteIfExists(copy);
        Files.delete(directory);
      }
    } catch (IOException e) {
      return; // Without a directory for the copy the program cannot be tried.
    }
    // Any other failure may be that of the copy's place: a library's own run path, a security
    // module.
    if (outcome.startsWith(BY_SIGNAL) || outcome.equals(HANGS)) {
      throw CommandException.unusable(
          "%s has a function %s of its own, which %s calls in place of the C library's, and %s before its first instruction: choose another allocator."
              .formatted(program.elf(), String.join(", ", replaced), library, outcome));
    }
  }

  /** Returns whether the loader finds all that a program names itself without its own place. */
  private static boolean standsAlone(ElfFile program) {
    return Stream.concat(
            program.needed().stream().filter(name -> name.contains("/")),
            Stream.of(program.rpath(), program.runpath())
                .flatMap(Optional::stream)
                .flatMap(path -> Stream.of(path.split(":", -1))))
        .allMatch(path -> path.startsWith("/"));
  }

  private static Set<String> replaced(ElfFile program, Path library) {
    Set<String> called = new HashSet<>();
    try {
      for (ElfSymbol symbol : ElfFile.read(library).dynamicSymbols()) {
        if (!symbol.isDefined()) {
          called.add(symbol.name());
        }
      }
    } catch (IOException e) {
      return Set.of();
    }
    return program.dynamicSymbols().stream()
        .filter(symbol -> symbol.isExported() && symbol.type() == ElfSymbol.Type.FUNC)
        .map(ElfSymbol::name)
        .filter(called::contains)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String outcome(Path program, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      try {
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
          return HANGS;
        }
      } finally {
        Stream.concat(process.descendants(), Stream.of(process.toHandle()))
            .forEach(ProcessHandle::destroyForcibly);
      }
      int code = process.exitValue();
      return code == 0 ? "" : code > 128 ? BY_SIGNAL + (code - 128) : "fails";
    } catch (IOException e) {
      return "cannot be started";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "was interrupted";
    }
  }
}
