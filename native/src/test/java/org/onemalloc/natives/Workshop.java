package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A directory in which C, C++ and Rust are compiled and linked, with the tools of this machine. */
final class Workshop {
  private static final long PATIENCE_SECONDS = 400;

  /** The folder {@code native/} of the project. */
  static final Path HERE = Path.of("").toAbsolutePath();

  final Path folder;

  Workshop(Path folder) {
    this.folder = folder;
  }

  record Result(int exitCode, String out, String err) {
    String all() {
      return out + err;
    }
  }

  static void require(String... tools) {
    for (String tool : tools) {
      boolean there =
          Stream.of(System.getenv("PATH").split(":", -1))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
      Assumptions.assumeTrue(there, tool + " is not installed");
    }
  }

  static Path installed(String library, String packageName) {
    for (String directory : List.of("x86_64-linux-gnu", "aarch64-linux-gnu", "")) {
      Path file = Path.of("/usr/lib", directory, library);
      if (Files.exists(file)) {
        return file;
      }
    }
    Assumptions.assumeTrue(false, packageName + " is not installed");
    throw new IllegalStateException();
  }

  static String source(String name) {
    return HERE.resolve("src/test/native").resolve(name).toString();
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  Path write(String name, String text) throws IOException {
    return Files.writeString(file(name), text);
  }

  /** Compiles a source of src/test/native, or one of this folder, to NAME.o. */
  String compile(String name, String source, String... flags) throws Exception {
    String compiler = source.endsWith(".cpp") ? "c++" : "cc";
    require(compiler);
    String file = Files.exists(file(source)) ? file(source).toString() : source(source);
    List<String> words = new ArrayList<>(List.of(compiler, "-O1", "-fPIC", "-fno-builtin", "-g0"));
    words.addAll(List.of("-I", HERE.resolve("include").toString()));
    words.addAll(List.of("-c", file, "-o", name + ".o"));
    words.addAll(List.of(flags));
    succeed(words.toArray(String[]::new));
    return name + ".o";
  }

  /** Compiles the Rust crate, and returns the flags to use it. */
  List<String> crate() throws Exception {
    require("rustc");
    if (!Files.exists(file("libonemalloc.rlib"))) {
      String crate = HERE.resolve("rust/src/lib.rs").toString();
      succeed(
          "rustc",
          "--edition",
          "2021",
          "-D",
          "warnings",
          "-O",
          "--crate-type",
          "rlib",
          "--crate-name",
          "onemalloc",
          crate);
    }
    return List.of(
        "--edition", "2021", "-O", "--extern", "onemalloc=libonemalloc.rlib", "-C", "panic=abort");
  }

  Result run(String... command) throws IOException, InterruptedException {
    return run(Map.of(), command);
  }

  Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    if (!command[0].contains("/")) {
      require(command[0]);
    }
    File out = File.createTempFile("workshop", ".out");
    File err = File.createTempFile("workshop", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.redirectOutput(out).redirectError(err);
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(List.of(command) + " did not end");
      }
      return new Result(process.exitValue(), text(out), text(err));
    } finally {
      Files.delete(out.toPath());
      Files.delete(err.toPath());
    }
  }

  private static String text(File file) throws IOException {
    return new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
  }

  String succeed(String... command) throws IOException, InterruptedException {
    return succeed(Map.of(), command);
  }

  String succeed(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Result result = run(environment, command);
    assertEquals(0, result.exitCode(), result.all() + "\n" + String.join(" ", command));
    return result.all();
  }

  /** Runs {@code onemalloc link}. */
  Result link(String... words) throws IOException, InterruptedException {
    return run(onemalloc(words));
  }

  String linked(String... words) throws IOException, InterruptedException {
    return succeed(onemalloc(words));
  }

  static String[] onemalloc(String... words) {
    List<String> command = new ArrayList<>(List.of(java(), "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp"));
    command.addAll(List.of(classPath(), "org.onemalloc.cli.Main", "link"));
    command.addAll(List.of(words));
    return command.toArray(String[]::new);
  }

  /** Returns the command as a script, for tools that need one. */
  Path script() throws IOException {
    Path script = file("onemalloc");
    if (!Files.exists(script)) {
      List<String> words = new ArrayList<>(List.of(onemalloc()));
      words.removeLast();
      Files.writeString(script, "#!/bin/sh\nexec '" + String.join("' '", words) + "' \"$@\"\n");
      script.toFile().setExecutable(true);
    }
    return script;
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
