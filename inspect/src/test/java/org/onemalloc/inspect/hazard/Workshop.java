package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.result.Hazard;

/** Builds the programs of src/test/c/hazards, runs them, and judges them without running them. */
final class Workshop {
  static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
  static final Path JAVA = JAVA_HOME.resolve("bin/java");

  private static final Path SOURCES = Path.of("src/test/c/hazards").toAbsolutePath();
  private static final Path LIBRARIES = Path.of("/usr/lib/x86_64-linux-gnu");
  private static final int MOST_OUTPUT = 20_000;
  private static final int SECONDS = 300;

  private final Path folder;
  private final DynamicLoader loader = DynamicLoader.ofThisMachine();

  Workshop(Path folder) {
    this.folder = folder;
  }

  /**
   * How a program ended.
   *
   * @param signal what killed it; 0 for none
   */
  record End(int exitCode, int signal, String output) {
    boolean survived() {
      return exitCode == 0 && signal == 0 && output.contains("survived");
    }

    /** SIGABRT, SIGBUS or SIGSEGV. */
    boolean crashed() {
      return signal == 6 || signal == 7 || signal == 11;
    }
  }

  /**
   * Whether a program crashes with a library preloaded. A block in the wrong heap crashes most
   * starts, not each: it depends on where the kernel puts the libraries.
   */
  boolean crashesPreloading(Path library, Path program) throws Exception {
    boolean crashed = false;
    for (int start = 0; start < 20 && !crashed; start++) {
      crashed = preloading(library, program).crashed();
    }
    return crashed;
  }

  /** A library of Debian's, or the test is skipped. */
  static Path installed(String name) {
    Path library = LIBRARIES.resolve(name);
    assumeTrue(Files.exists(library), "why: " + library + " is not installed");
    return library;
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  /** LWJGL's jemalloc, whose names have the prefix je_, as it is packed. */
  Path prefixedJemalloc(String name) throws IOException {
    return Files.write(path(name), resource("linux/x64/org/lwjgl/jemalloc/libjemalloc.so"));
  }

  static byte[] resource(String name) throws IOException {
    try (InputStream in = Workshop.class.getClassLoader().getResourceAsStream(name)) {
      assumeTrue(in != null, "why: " + name + " is not packed for this platform");
      return in.readAllBytes();
    }
  }

  /** Compiles without letting the compiler think that it knows malloc. */
  Path compile(String output, String... arguments) throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "gcc"))),
        "why: gcc is not installed");
    assumeTrue("amd64".equals(System.getProperty("os.arch")), "why: written for x86-64");
    Path file = path(output);
    List<String> command =
        new ArrayList<>(List.of("gcc", "-fno-builtin", "-o", file.toString(), "-L" + folder));
    command.add("-Wl,--no-as-needed,-rpath," + folder);
    for (String argument : arguments) {
      command.add(
          argument.endsWith(".c") || argument.endsWith(".cc")
              ? SOURCES.resolve(argument).toString()
              : argument);
    }
    End end = run(Map.of(), command);
    if (end.exitCode() != 0) {
      throw new IllegalStateException(end.output());
    }
    return file;
  }

  Path library(String output, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("-shared", "-fPIC"));
    all.addAll(List.of(arguments));
    return compile(output, all.toArray(String[]::new));
  }

  End run(Path... command) throws Exception {
    return run(Map.of(), Arrays.stream(command).map(Path::toString).toList());
  }

  End preloading(Path library, Object... command) throws Exception {
    return preloading(library.toString(), command);
  }

  End preloading(String libraries, Object... command) throws Exception {
    return run(
        Map.of("LD_PRELOAD", libraries), Arrays.stream(command).map(Object::toString).toList());
  }

  /** A shell would say 128 + n; the JDK says so too, of what a signal ended. */
  End run(Map<String, String> environment, List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().put("LC_ALL", "C");
    builder.environment().putAll(environment);
    builder.directory(folder.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    byte[] said = process.getInputStream().readNBytes(MOST_OUTPUT);
    process.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(command + " hangs");
    }
    int code = process.exitValue();
    int signal = code > 128 && code < 160 ? code - 128 : 0;
    return new End(code, signal, new String(said, StandardCharsets.ISO_8859_1));
  }

  /** A program as the loader model sees it. */
  Namespace start(Path program, String... preloads) throws IOException {
    return loader.start(program, List.of(preloads), Map.of());
  }

  List<Hazard> hazards(Path program, Path... preloads) throws IOException {
    return judge(
        start(program, Arrays.stream(preloads).map(Path::toString).toArray(String[]::new)));
  }

  static List<Hazard> judge(Namespace namespace) {
    return Hazards.of(Subject.of(Parts.of(namespace)));
  }

  static List<String> ids(List<Hazard> hazards) {
    return hazards.stream().map(Hazard::id).distinct().toList();
  }
}
