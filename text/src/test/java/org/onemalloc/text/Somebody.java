package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs classes of this package as another user, who may not be able to read the build. */
final class Somebody {
  static final int ID = 12_345;

  private final Path classes;

  /**
   * Copies the classes.
   *
   * @param directory a directory that everybody can enter
   */
  Somebody(Path directory) throws Exception {
    classes = Files.createDirectory(directory.resolve("classes"));
    Path inside = Files.createDirectories(classes.resolve("org/onemalloc/text"));
    for (Class<?> one : new Class<?>[] {AtomicFile.class, Somebody.class}) {
      Path from = Path.of(one.getResource(one.getSimpleName() + ".class").toURI()).getParent();
      try (Stream<Path> files = Files.list(from)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
          Files.copy(file, inside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /**
   * Runs a class with one argument.
   *
   * @param before words of a command that starts the JVM
   * @return what it prints
   */
  String run(List<String> before, Class<?> main, Path argument) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid=" + ID, "--regid=" + ID, "--clear-groups"));
    command.addAll(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classes.toString(), main.getName(), argument.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
