package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Java image on disk: a JDK, a JRE, a jlink image, or the directory of a jpackage application,
 * whose launcher is outside its runtime.
 *
 * @param home the value of {@code java.home} in its JVM
 * @param jvm its libjvm.so
 * @param launcher the program that a user starts; empty if there is none
 */
public record JavaImage(Path home, Path jvm, Optional<Path> launcher) {
  /** The directories below {@code lib} that have a libjvm, in the order of preference. */
  private static final List<String> VARIANTS = List.of("server", "client", "minimal", "zero");

  /**
   * Finds the image in a directory.
   *
   * @param directory a Java home or a jpackage application
   * @return the image; empty if there is no libjvm where one would be
   * @throws IOException if a directory cannot be read
   */
  public static Optional<JavaImage> at(Path directory) throws IOException {
    Optional<Path> own = jvmOf(directory);
    if (own.isPresent()) {
      Path launcher = directory.resolve("bin/java");
      return Optional.of(
          new JavaImage(directory, own.get(), Optional.of(launcher).filter(Files::isRegularFile)));
    }
    Path runtime = directory.resolve("lib/runtime");
    Optional<Path> inside = jvmOf(runtime);
    return inside.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new JavaImage(
                runtime, inside.get(), files(directory.resolve("bin")).stream().findFirst()));
  }

  /**
   * Returns whether a directory is a Java home.
   *
   * @param directory any directory
   * @return true if it has a libjvm where a Java image has it
   */
  public static boolean isHome(Path directory) {
    return jvmOf(directory).isPresent();
  }

  /**
   * Returns the image whose launcher {@code java} a program is.
   *
   * @param program a path; links are followed
   * @return the image; empty for any other program
   * @throws IOException if the program does not exist
   */
  public static Optional<JavaImage> launchedBy(Path program) throws IOException {
    return program.getFileName().toString().equals("java") ? around(program) : Optional.empty();
  }

  /**
   * Returns the image that a program belongs to: {@code java}, {@code javac} and all others in its
   * directory {@code bin}.
   *
   * @param program a path; links are followed
   * @return the image, with the program as launcher; empty for a program of no image, or a launcher
   *     that jpackage made
   * @throws IOException if the program does not exist
   */
  public static Optional<JavaImage> around(Path program) throws IOException {
    Path home = program.toRealPath().getParent().getParent();
    return home == null
        ? Optional.empty()
        : jvmOf(home).map(jvm -> new JavaImage(home, jvm, Optional.of(program)));
  }

  /**
   * Returns its {@code libsyslookup.so}, in which the default lookup of the Foreign Function and
   * Memory API finds malloc and free.
   *
   * @return the library; empty before JDK 16
   */
  public Optional<Path> lookupLibrary() {
    return Optional.of(home.resolve("lib/libsyslookup.so")).filter(Files::exists);
  }

  /**
   * Returns its libraries: all that its JVM may open, though few programs make it open all of them.
   *
   * @return libjvm, libjava and libjimage first, as the JVM opens them, then by name
   * @throws IOException if the directory cannot be read
   */
  public List<Path> libraries() throws IOException {
    List<Path> libraries = new ArrayList<>(List.of(jvm));
    for (String first : List.of("libjava.so", "libjimage.so")) {
      libraries.add(home.resolve("lib").resolve(first));
    }
    files(home.resolve("lib")).stream()
        .filter(file -> file.toString().endsWith(".so"))
        .forEach(libraries::add);
    return libraries.stream().distinct().filter(Files::isRegularFile).toList();
  }

  private static Optional<Path> jvmOf(Path home) {
    return VARIANTS.stream()
        .map(variant -> home.resolve("lib").resolve(variant).resolve("libjvm.so"))
        .filter(Files::isRegularFile)
        .findFirst();
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
