package org.onemalloc.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The built-in example, a separate program that is installed next to this one. */
final class Example {
  private static final String MAIN = "org.onemalloc.examples.service.Service";

  private Example() {}

  /**
   * Returns the command that runs the example on this Java. The Java heap is small, so that native
   * memory is a visible part of the total.
   */
  static List<String> command() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx128m",
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        classPath(),
        MAIN);
  }

  private static String classPath() {
    Path folder = here().resolveSibling("example");
    try (var jars = Files.list(folder)) {
      return jars.map(Path::toString).sorted().collect(Collectors.joining(":"));
    } catch (IOException e) {
      throw new UncheckedIOException("the built-in example is not at " + folder, e);
    }
  }

  private static Path here() {
    try {
      return Path.of(Example.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
