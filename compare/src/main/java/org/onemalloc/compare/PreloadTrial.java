package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

  static final String HANGS = "does not end";
  static final String BY_SIGNAL = "ends by signal ";

  /** The exit codes of SIGHUP, SIGINT and SIGTERM, which Ctrl-C sends to a trial too. */
  private static final Set<Integer> FROM_OUTSIDE = Set.of(128 + 1, 128 + 2, 128 + 15);

  private static final String INTERRUPTED = "was interrupted";

  /** The kernel did not execute the program. */
  static final String NOT_STARTED = "cannot be started";

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
   * Starts a program.
   *
   * @return how it failed, as the predicate of a sentence; empty if it ended with exit code 0
   */
  static String outcome(Path program, Map<String, String> environment) {
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
      if (FROM_OUTSIDE.contains(code)) {
        return INTERRUPTED;
      }
      return code == 0 ? "" : code > 128 ? BY_SIGNAL + (code - 128) : "fails";
    } catch (IOException e) {
      return NOT_STARTED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return INTERRUPTED;
    }
  }
}
