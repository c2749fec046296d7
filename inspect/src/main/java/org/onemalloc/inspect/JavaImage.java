package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Java runtime on the disk: a JDK, a JRE, a jlink image, or a jpackage application, whose
 * launcher lies outside of its runtime.
 *
 * @param launcher the program that a user starts
 * @param runtime the directory that has {@code lib/server/libjvm.so}
 */
record JavaImage(Path launcher, Path runtime) {
  private static final String LIBJVM = "lib/server/libjvm.so";

  /** The image that a directory is. */
  static Optional<JavaImage> at(Path directory) throws IOException {
    if (isRuntime(directory)) {
      return Optional.of(new JavaImage(directory.resolve("bin/java"), directory))
          .filter(image -> Files.isRegularFile(image.launcher));
    }
    Path runtime = directory.resolve("lib/runtime");
    return isRuntime(runtime)
        ? files(directory.resolve("bin")).stream()
            .findFirst()
            .map(launcher -> new JavaImage(launcher, runtime))
        : Optional.empty();
  }

  /** The image that a program is a launcher of. */
  static Optional<JavaImage> launchedBy(Path program) throws IOException {
    Path home = program.toRealPath().getParent().getParent();
    return home != null && isRuntime(home) && program.getFileName().toString().equals("java")
        ? Optional.of(new JavaImage(program, home))
        : Optional.empty();
  }

  Path virtualMachine() {
    return runtime.resolve(LIBJVM);
  }

  /** What a virtual machine may open: all libraries of the runtime. */
  List<Path> libraries() throws IOException {
    return files(runtime.resolve("lib")).stream()
        .filter(file -> file.getFileName().toString().endsWith(".so"))
        .toList();
  }

  private static boolean isRuntime(Path directory) {
    return Files.isRegularFile(directory.resolve(LIBJVM));
  }

  private static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
