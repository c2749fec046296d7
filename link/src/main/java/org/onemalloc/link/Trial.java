package org.onemalloc.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.onemalloc.allocators.proof.Starting;
import org.onemalloc.text.TemporaryFiles;

/**
 * Starts a program with arguments that the user named as safe, before and after it is linked. Both
 * starts must have the same output and the same exit code.
 *
 * @param starting how it is started
 * @param program the program, under its own name
 * @param arguments its arguments; empty for no trial
 */
record Trial(Starting starting, Path program, List<String> arguments) {
  private static final int SECONDS = 60;

  /**
   * The number of further starts if the results differ: some programs print something else each
   * time.
   */
  private static final int MORE = 3;

  /** The result of a start; the exit code is -1 if the program did not end in time. */
  @SuppressWarnings("ArrayRecordComponent") // compared by the method is
  record Outcome(int exitCode, byte[] output) {
    boolean is(Outcome other) {
      return exitCode == other.exitCode && Arrays.equals(output, other.output);
    }
  }

  /** Copies the list. */
  Trial {
    arguments = List.copyOf(arguments);
  }

  boolean isWanted() {
    return !arguments.isEmpty();
  }

  /**
   * Starts the program and compares the result with a result from before the link.
   *
   * @return what was proven, in one sentence
   * @throws LinkException if no start has the same result as before the link
   */
  String compare(Outcome before) throws IOException {
    Outcome after = start();
    for (int more = 0; more < MORE && !after.is(before); more++) {
      after = start();
    }
    String words = String.join(" ", arguments);
    if (!after.is(before)) {
      throw LinkException.unproven(
          "%s did not do the same with %s after it was linked (exit code %d, before %d; %d bytes of output, before %d), so the link was undone."
              .formatted(
                  program,
                  words,
                  after.exitCode,
                  before.exitCode,
                  after.output.length,
                  before.output.length));
    }
    return "Started with %s, it prints the same as before and ends with the same exit code, %d."
        .formatted(words, before.exitCode);
  }

  Outcome start() throws IOException {
    Path output = TemporaryFiles.newFile("onemalloc-trial", ".txt");
    try {
      List<String> command = new ArrayList<>(List.of(program.toString()));
      command.addAll(arguments);
      ProcessBuilder builder =
          starting.asGiven(command).redirectErrorStream(true).redirectOutput(output.toFile());
      Process process = builder.start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly().waitFor();
      return new Outcome(ended ? process.exitValue() : -1, Files.readAllBytes(output));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LinkException.unproven("Interrupted while " + program + " was started.");
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
