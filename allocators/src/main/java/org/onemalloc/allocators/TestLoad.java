package org.onemalloc.allocators;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * The result of running a small program of this machine with a library preloaded: whether the
 * loader accepts the library, whether it works on this kernel, and what it prints about itself.
 *
 * <p>Only this finds an unsupported page size, a missing symbol version and the like, which a real
 * program would meet when it starts.
 *
 * @param problem why the library cannot be used, half a sentence; empty if it can
 * @param output what the program and the library wrote
 */
record TestLoad(String problem, String output) {
  private static final int SECONDS = 10;
  private static final Pattern IGNORED = Pattern.compile("cannot be preloaded \\((.*)\\): ignored");
  private static final Pattern UNSUPPORTED = Pattern.compile("<jemalloc>: (Unsupported .*)");

  /** The general part of jemalloc's statistics as JSON, without arenas, bins and mutexes. */
  private static final String STATISTICS = "stats_print:true,stats_print_opts:Jmdablxeh";

  /**
   * Loads a library into a program.
   *
   * @param configuration the variable that a jemalloc reads, or empty
   * @return the result; empty if this machine has no program to try it with
   */
  static Optional<TestLoad> of(Path library, String configuration) {
    Optional<List<String>> program = program();
    return program.map(command -> run(command, library, configuration));
  }

  /**
   * Returns the program. A shell is not suitable: it ends by _exit, and jemalloc prints from
   * atexit. The JVM is the last resort, in images that have nothing else.
   */
  private static Optional<List<String>> program() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    for (List<String> command :
        List.of(List.of("/bin/true"), List.of("/usr/bin/true"), List.of(java, "--version"))) {
      try {
        Path file = Path.of(command.getFirst());
        if (Files.isExecutable(file) && ElfPrograms.isDynamic(file.toRealPath())) {
          return Optional.of(command);
        }
      } catch (IOException e) {
        // A program that cannot be read is not tried.
      }
    }
    return Optional.empty();
  }

  private static TestLoad run(List<String> command, Path library, String configuration) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().clear();
    builder.environment().put("LD_PRELOAD", library.toString());
    if (!configuration.isEmpty()) {
      builder.environment().put(configuration, STATISTICS);
    }
    try {
      // Through a pipe: there may be no place for a temporary file.
      Process process = builder.start();
      CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process));
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new TestLoad("a program that preloads it does not end", "");
      }
      String text = output.join();
      return new TestLoad(problem(command, process.exitValue(), text), text);
    } catch (IOException e) {
      // Nothing was learned about the library, so nothing is stored.
      throw new AllocatorException(
          "%s could not be tried: %s.".formatted(library, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AllocatorException("Interrupted while trying " + library + ".", e);
    }
  }

  private static String text(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  static String problem(List<String> command, int exitCode, String output) {
    Matcher ignored = IGNORED.matcher(output);
    if (ignored.find()) {
      return "the loader refuses it (" + ignored.group(1) + ")";
    }
    Matcher unsupported = UNSUPPORTED.matcher(output);
    if (unsupported.find()) {
      return "it was built for smaller pages than this kernel's (" + unsupported.group(1) + ")";
    }
    if (exitCode != 0) {
      String first = output.lines().findFirst().orElse("no output");
      return "%s with it preloaded ends with exit code %d (%s)"
          .formatted(command.getFirst(), exitCode, first);
    }
    return "";
  }

  /** Returns the value of a key in jemalloc's statistics, if it is there. */
  Optional<String> find(String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\":\\s*\"?([^\",}\\s]+)").matcher(output);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
