package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** C that tests compile, and other people's libraries that they use where installed. */
public final class CCode {
  private static final Path LIBRARIES = Path.of("/usr/lib/x86_64-linux-gnu");

  private CCode() {}

  /** Compiles a resource and returns the result. */
  public static Path compile(Path directory, String source, String output, String... flags)
      throws IOException, InterruptedException {
    assumeTrue(onPath("cc"), source + " cannot be compiled: cc is not installed");
    Path file = directory.resolve(source);
    try (InputStream in = CCode.class.getResourceAsStream("/" + source)) {
      Files.write(file, in.readAllBytes());
    }
    Path result = directory.resolve(output);
    List<String> command =
        new ArrayList<>(List.of("cc", "-O1", "-o", result.toString(), file.toString()));
    command.addAll(List.of(flags));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return result;
  }

  static Path installed(String name) {
    Path file = LIBRARIES.resolve(name);
    assumeTrue(Files.exists(file), "not tested under " + name + ": " + name + " is not installed");
    return file;
  }

  static Path java(String file) {
    return Path.of(System.getProperty("java.home"), file);
  }

  private static boolean onPath(String program) {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }
}
