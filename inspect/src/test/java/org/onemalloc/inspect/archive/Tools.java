package org.onemalloc.inspect.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs that tests run. */
public final class Tools {
  private Tools() {}

  /**
   * The path of the first program of a name whose {@code --help} names all the options, by LLVM's
   * directories, the newest first, and the PATH; the test is skipped if there is none.
   */
  public static String find(String name, String... options) {
    for (Path place : places()) {
      Path program = place.resolve(name);
      if (Files.isExecutable(program) && knows(program, options)) {
        return program.toString();
      }
    }
    String with = options.length == 0 ? "" : " with " + String.join(" ", options);
    return Assumptions.abort("why: " + name + with + " is not installed");
  }

  private static List<Path> places() {
    List<Path> places = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/usr/lib"))) {
      all.filter(place -> place.getFileName().toString().matches("llvm-\\d+"))
          .sorted(Comparator.comparingInt(Tools::version).reversed())
          .forEach(place -> places.add(place.resolve("bin")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String place : System.getenv("PATH").split(":", -1)) {
      places.add(Path.of(place));
    }
    return places;
  }

  private static int version(Path place) {
    return Integer.parseInt(place.getFileName().toString().substring("llvm-".length()));
  }

  private static boolean knows(Path program, String... options) {
    if (options.length == 0) {
      return true;
    }
    try {
      Process help =
          new ProcessBuilder(program.toString(), "--help").redirectErrorStream(true).start();
      help.getOutputStream().close();
      String text = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      List<String> words = List.of(text.split("[\\s,=<\\[]+", -1));
      return help.waitFor() == 0 && words.containsAll(List.of(options));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The output of a command, which must succeed; its errors are not looked at. */
  public static List<String> run(List<String> command) throws IOException, InterruptedException {
    if (!command.getFirst().contains("/")) {
      find(command.getFirst());
    }
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
