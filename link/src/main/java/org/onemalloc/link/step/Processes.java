package org.onemalloc.link.step;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.onemalloc.link.LinkException;
import org.onemalloc.text.GivenEnvironment;

/** Runs other programs: compilers and linkers. */
final class Processes {
  private Processes() {}

  /** The exit code and the output of a program. */
  record Result(int exitCode, String output) {}

  /** Runs a command with the input, the outputs and the environment of this process. */
  static int inPlace(List<String> command, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    GivenEnvironment.giveBack(builder.environment());
    builder.environment().putAll(environment);
    return await(start(builder, command));
  }

  /** Runs a command and returns its output. */
  static Result hear(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    GivenEnvironment.giveBack(builder.environment());
    builder.environment().put("LC_ALL", "C");
    Process process = start(builder, command);
    process.getOutputStream().close();
    byte[] output = process.getInputStream().readAllBytes();
    return new Result(await(process), new String(output, StandardCharsets.UTF_8));
  }

  private static Process start(ProcessBuilder builder, List<String> command) throws IOException {
    try {
      return builder.start();
    } catch (IOException e) {
      if (e.getMessage().matches("(?s).*error[:=] ?2\\b.*")) { // ENOENT, as the JDK words it
        throw LinkException.unusable(
            "The command %s was not found: install it or give its path."
                .formatted(command.getFirst()));
      }
      throw e;
    }
  }

  private static int await(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /**
   * Returns the last line of an output that is not blank, without the name of a directory, for the
   * end of a sentence.
   */
  static String lastWord(String output, Path forgotten) {
    String[] lines = output.strip().split("\n", -1);
    return lines[lines.length - 1].replace(forgotten + "/", "").strip();
  }
}
