package org.onemalloc.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds processes of this machine. */
final class Processes {
  private Processes() {}

  /**
   * Returns the number of processes with exactly this command line, its words separated by spaces.
   */
  static long running(String commandLine) {
    return commandLines().stream().filter(commandLine::equals).count();
  }

  /** Returns the command lines in which a text stands. */
  static List<String> naming(String text) {
    return commandLines().stream().filter(line -> line.contains(text)).toList();
  }

  private static List<String> commandLines() {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes.map(Processes::commandLine).toList();
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
