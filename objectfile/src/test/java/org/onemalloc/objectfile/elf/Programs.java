package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** Runs the tools and programs that check the files written by this module. */
public final class Programs {
  private Programs() {}

  /** Skips a test if a tool that it needs is not installed. */
  public static void assumeInstalled(String... tools) {
    for (String tool : tools) {
      boolean there =
          List.of(System.getenv("PATH").split(":")).stream()
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
      Assumptions.assumeTrue(there, "why: " + tool + " is not installed");
    }
  }

  static void assumeX64Linux() {
    boolean is =
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64");
    Assumptions.assumeTrue(is, "why: x86-64 programs do not run here");
  }

  /** Skips a test if the linker does not support the options: this depends on its version. */
  static void assumeLinks(Path directory, String... options)
      throws IOException, InterruptedException {
    Path source = Files.writeString(directory.resolve("empty.c"), "int main(void) { return 0; }");
    List<String> command = new ArrayList<>(List.of("cc", source.toString(), "-o"));
    command.add(directory.resolve("empty").toString());
    command.addAll(List.of(options));
    Result result = run(Map.of(), command);
    Assumptions.assumeTrue(
        result.exitCode() == 0, () -> "why: cc does not link here: " + command + result.output());
  }

  record Result(int exitCode, String output) {}

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

  static String succeed(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Result result = run(environment, List.of(command));
    assertEquals(0, result.exitCode(), String.join(" ", command) + "\n" + result.output());
    return result.output();
  }

  /** Runs a command that must end with exit code 0. */
  public static String succeed(String... command) throws IOException, InterruptedException {
    return succeed(Map.of(), command);
  }

  static Path write(Path directory, String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content);
  }

  static Path source(Path directory, String name) throws IOException {
    try (InputStream in = Programs.class.getResourceAsStream(name)) {
      return write(directory, name, in.readAllBytes());
    }
  }

  static Path compile(Path directory, String source, String... options)
      throws IOException, InterruptedException {
    assumeInstalled("cc");
    Path program = directory.resolve(source.replace(".c", ""));
    List<String> command = new ArrayList<>();
    command.addAll(List.of("cc", "-O1", "-o", program.toString()));
    command.add(source(directory, source).toString());
    command.addAll(List.of(options));
    succeed(command.toArray(String[]::new));
    return program;
  }

  /** Builds forty libraries, each with one function that uses a thread-local array. */
  static List<Path> tlsLibraries(Path directory) throws IOException, InterruptedException {
    assumeInstalled("cc");
    Path source = source(directory, "tlslib.c");
    List<Path> libraries = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Path library = directory.resolve("libtls" + i + ".so");
      if (i == 0) {
        succeed("cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString());
      } else {
        Files.copy(libraries.getFirst(), library);
      }
      libraries.add(library);
    }
    return libraries;
  }

  /** Runs a JVM that loads the libraries, with a library preloaded, and returns its output. */
  static String loadInJvm(Path preload, List<Path> libraries) throws Exception {
    Path classes =
        Path.of(LoadsLibraries.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classes.toString()));
    command.add(LoadsLibraries.class.getName());
    libraries.forEach(library -> command.add(library.toString()));
    return succeed(Map.of("LD_PRELOAD", preload.toString()), command.toArray(String[]::new));
  }
}
