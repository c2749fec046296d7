package org.onemalloc.inspect.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Programs that tests run. */
public final class Tools {
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/lib/llvm-19/bin"), Path.of("/usr/bin"), Path.of("/usr/lib/llvm-14/bin"));

  private Tools() {}

  /** The path of a program; the test is skipped where there is none. */
  public static String find(String name) {
    return PLACES.stream()
        .map(p -> p.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .orElseGet(
            () -> {
              Assumptions.abort("why: " + name + " is not installed");
              return "";
            });
  }

  /** The output of a command, which must succeed; its errors are not looked at. */
  public static List<String> run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("output", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(output.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertEquals(0, process.waitFor(), String.join(" ", command));
      return Files.readAllLines(output);
    } finally {
      Files.delete(output);
    }
  }
}
