package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.onemalloc.compare.command.Started;

/** The interpreter of a script, as the kernel and shells find it. */
final class Interpreter {
  /** The number of bytes of a file that the kernel reads ({@code BINPRM_BUF_SIZE}). */
  private static final int SCRIPT_LINE_BYTES = 256;

  private static final String SHELL = "/bin/sh";
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private Interpreter() {}

  /**
   * Returns the words that precede the name of a script when it is started: its interpreter and, as
   * one word, everything after that on the first line. A script without an interpreter is run by
   * the shell (execvp(3), "ENOEXEC").
   *
   * @return one or two words; none if the file is a program
   * @throws CommandException if the file cannot be read or is neither a program nor a script
   */
  static List<String> words(Path file) {
    byte[] start;
    try (var in = Files.newInputStream(file)) {
      start = in.readNBytes(SCRIPT_LINE_BYTES);
    } catch (IOException e) {
      throw CommandException.unusable(file + " cannot be read: " + e.getMessage());
    }
    if (start.length >= ELF.length && start[0] == ELF[0]) {
      return List.of();
    }
    if (start.length < 2 || start[0] != '#' || start[1] != '!') {
      if (isText(start)) {
        return List.of(SHELL);
      }
      throw CommandException.unusable(file + " is neither a program nor a script.");
    }
    String line = new String(start, 2, start.length - 2, StandardCharsets.ISO_8859_1);
    List<String> words = List.of(line.lines().findFirst().orElse("").strip().split("[ \t]+", 2));
    if (words.getFirst().isEmpty()) {
      throw CommandException.unusable(file + " is a script that names no interpreter.");
    }
    return words;
  }

  /** Returns the program that interprets a script: for {@code env NAME} it is NAME. */
  static String program(List<String> words) {
    return words.getFirst().endsWith("/env")
        ? Started.by(words).flatMap(s -> s.command().stream().findFirst()).orElse(words.getFirst())
        : words.getFirst();
  }

  /**
   * Returns whether a file without "#!" is a script. As in shells, its first line contains no zero
   * byte.
   */
  private static boolean isText(byte[] start) {
    for (byte b : start) {
      if (b == 0 || b == '\n') {
        return b != 0;
      }
    }
    return true;
  }
}
