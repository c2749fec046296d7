package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Choice;

/** Programs and images for the tests, and the tools that examine them. */
final class Tools {
  private Tools() {}

  record Result(int exitCode, String output) {}

  static void assumeInstalled(String... tools) {
    for (String tool : tools) {
      boolean there =
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
      Assumptions.assumeTrue(there, "why: " + tool + " is not installed");
    }
  }

  static Choice choice(String name) {
    return Allocators.ofThisMachine().choose(name);
  }

  static Result run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    if (!command.getFirst().contains("/")) {
      assumeInstalled(command.getFirst());
    }
    Path output = Files.createTempFile("output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    int exitCode = process.waitFor();
    String text = Files.readString(output);
    Files.delete(output);
    return new Result(exitCode, text);
  }

  static String succeed(String... command) throws IOException, InterruptedException {
    Result result = run(Map.of(), List.of(command));
    assertEquals(0, result.exitCode(), String.join(" ", command) + "\n" + result.output());
    return result.output();
  }

  static Path compile(Path directory, String name, String source, String... options)
      throws IOException, InterruptedException {
    assumeInstalled("cc");
    Path text = Files.createTempFile("source", ".c");
    try (InputStream in = Tools.class.getResourceAsStream(source)) {
      Files.write(text, in.readAllBytes());
    }
    Path program = directory.resolve(name);
    List<String> command = new ArrayList<>(List.of("cc", "-O1", "-o", program.toString()));
    command.add(text.toString());
    command.addAll(List.of(options));
    succeed(command.toArray(String[]::new));
    Files.delete(text);
    return program;
  }

  /** Returns a small image of this JDK, which is made once. */
  static synchronized Path image() throws IOException, InterruptedException {
    Path image = Path.of("target", "image").toAbsolutePath();
    if (!Files.exists(image.resolve("lib/modules"))) {
      Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
      Assumptions.assumeTrue(Files.exists(jlink), "why: this JDK has no jlink");
      Path making = image.resolveSibling("image-" + ProcessHandle.current().pid());
      succeed(
          jlink.toString(),
          "--add-modules",
          "java.base,jdk.jcmd",
          "--output",
          making.toString(),
          "--strip-java-debug-attributes");
      try {
        Files.move(making, image);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        succeed("rm", "-r", making.toString()); // Another JVM of these tests was faster.
      }
    }
    return image;
  }

  static Path copyOfImage(Path directory) throws IOException, InterruptedException {
    Path copy = directory.resolve("image");
    succeed("cp", "-a", image().toString(), copy.toString());
    return copy;
  }

  /** Returns every file below a directory, with the digest of its content and its attributes. */
  static Map<String, String> contentOf(Path root) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        String name = root.relativize(file).toString();
        if (Files.isRegularFile(file)) {
          all.put(
              name,
              SafeFiles.sha256(file)
                  + " "
                  + Files.getAttribute(file, "unix:mode")
                  + " "
                  + Files.getLastModifiedTime(file));
        } else {
          all.put(name, "directory");
        }
      }
    }
    return all;
  }

  /** Undoes the link of a program and compares its directory with what it was. */
  static void isUndoneToTheByte(Path directory, Path target, Map<String, String> before)
      throws IOException {
    Link.undo(target, false);
    Files.deleteIfExists(directory.resolve("lib"));
    assertEquals(before, contentOf(directory));
  }

  /** Requires that the program who.c, linked below a directory, calls the library there. */
  static void usesTheAllocator(Path directory, Path file) throws Exception {
    String output = succeed(file.toString());
    Path library = directory.resolve("lib/onemalloc/libmimalloc.so");
    String found = output.lines().findFirst().orElseThrow().substring("malloc ".length());
    assertEquals(library, Path.of(found).normalize());
    assertTrue(output.contains("glibc 0"), output);
  }

  /** Returns how the loader's proof refuses a program that does not bind mimalloc everywhere. */
  static LinkException refusedProof(Path program) {
    Path allocator = Link.choose(program, "mimalloc").allocator().library().orElseThrow();
    return assertThrows(
        LinkException.class,
        () ->
            LoaderProof.of(
                Execution.of(List.of(program), Map.of()),
                Optional.empty(),
                List.of(program),
                List.of(),
                allocator));
  }
}
