package org.onemalloc.compare.command;

import static org.onemalloc.compare.command.Env.PRELOAD;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A directory whose files are variables of the environment, as envdir(8), s6-envdir and {@code
 * chpst -e} read it: the name of a file is that of the variable, its first line the value without
 * blanks at the end, and an empty file removes the variable.
 */
final class VariableDirectory {

  /** More than a kernel hands to a program in one string (MAX_ARG_STRLEN, 32 pages). */
  private static final int MOST_BYTES = 128 << 10;

  private VariableDirectory() {}

  /**
   * Returns what a program starts that adds these variables.
   *
   * @param program the program and its option, in the words of a command line
   * @param directory the directory; empty if the words name none
   */
  static Started added(String program, Optional<String> directory, Started started) {
    if (directory.isEmpty()) {
      return started;
    }
    String words = program + " " + directory.get();
    // A link counts whatever it leads to: chpst changes the variable even if it leads nowhere.
    Path preload = Path.of(directory.get(), PRELOAD);
    boolean loses = Files.isRegularFile(preload) || Files.isSymbolicLink(preload);
    return started
        .with(read(Path.of(directory.get())))
        .losing(loses ? Optional.of(words) : Optional.empty());
  }

  /** Returns the variables: NAME=VALUE sets, NAME removes. */
  private static List<String> read(Path directory) {
    List<String> variables = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (Files.isRegularFile(file) && !name.startsWith(".") && name.indexOf('=') < 0) {
          variables.add(variable(name, file));
        }
      }
    } catch (IOException e) {
      return List.of(); // the program reports it
    }
    return variables;
  }

  private static String variable(String name, Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      String line = text.split("\n", 2)[0];
      return text.isEmpty()
          ? name
          : name + "=" + line.replaceFirst("[ \t]+$", "").replace('\0', '\n');
    }
  }
}
