package org.onemalloc.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Counts processes of this machine. */
final class Processes {
  private Processes() {}

  /**
   * Returns the number of processes with exactly this command line, its words separated by spaces.
   */
  static long running(String commandLine) {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes.filter(process -> commandLine(process).equals(commandLine)).count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String commandLine(Path process) {
    try {
      byte[] raw = Files.readAllBytes(process.resolve("cmdline"));
      return new String(raw, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    } catch (IOException e) {
      return "";
    }
  }
}
