package org.onemalloc.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the command in its own process, started as the script starts it: with the jar and the
 * start-up cache if these are of the present sources, which takes half the time of the class path.
 */
final class Onemalloc {
  private static final long PATIENCE_SECONDS = 120;

  private static final Path BUILT = Path.of("target", "dist").toAbsolutePath();

  private static final boolean IS_BUILT = isBuilt();

  private Onemalloc() {}

  record Result(long pid, int exitCode, String out, String err) {}

  static List<String> command(String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(java());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-MaxFDLimit"));
    words.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-DumpPrivateMappingsInCore"));
    words.add("-XX:-DumpSharedMappingsInCore");
    words.add("--enable-native-access=ALL-UNNAMED");
    if (IS_BUILT) {
      words.add("-XX:AOTCache=" + BUILT.resolve("onemalloc.aot"));
      words.addAll(List.of("-Xlog:disable", "-Xlog:all=off", "-XX:-UsePerfData"));
      words.addAll(List.of("-jar", BUILT.resolve("onemalloc.jar").toString()));
    } else {
      words.addAll(List.of("-cp", classPath(), "org.onemalloc.cli.Main"));
    }
    words.addAll(List.of(arguments));
    return words;
  }

  private static boolean isBuilt() {
    try {
      String question = "home=$PWD/.. && . ../scripts/sources.sh && ! stale";
      return new ProcessBuilder("bash", "-c", question).inheritIO().start().waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  /** Returns the command as it is shipped, in one file. */
  static Path jar() {
    assumeTrue(IS_BUILT, "the command is not built: ./check builds it first");
    return BUILT.resolve("onemalloc.jar");
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  static Result run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), command(arguments));
  }

  static Result run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    File out = File.createTempFile("onemalloc", ".out");
    File err = File.createTempFile("onemalloc", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " did not end: " + text(err));
      }
      return new Result(process.pid(), process.exitValue(), text(out), text(err));
    } finally {
      Files.delete(out.toPath());
      Files.delete(err.toPath());
    }
  }

  static String text(File file) throws IOException {
    return new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
  }
}
