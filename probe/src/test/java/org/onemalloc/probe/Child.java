package org.onemalloc.probe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program of resources/Held.java in a JVM of its own, which waits.
 *
 * @param process the process
 * @param figures what it has printed
 */
record Child(Process process, Map<String, Long> figures) implements AutoCloseable {
  static final Path JDK_25 = Path.of(System.getProperty("java.home"));
  static final Path JDK_17 = Path.of("/usr/lib/jvm/java-17-openjdk-amd64");

  static final Path JEMALLOC = Path.of("/usr/lib", machine() + "-linux-gnu", "libjemalloc.so.2");

  private static String machine() {
    return System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
  }

  /** Returns the Javas that are here. */
  static Stream<Path> javas() {
    return Stream.of(JDK_17, JDK_25);
  }

  static void needs(Path file, String what) {
    assumeTrue(Files.exists(file), what + " is not installed");
  }

  static void needsJava(Path home) {
    needs(home.resolve("bin/javac"), "openjdk-17-jdk-headless");
  }

  /** Starts it with flags of the JVM. */
  static Child start(Path home, List<String> flags, String... arguments) throws Exception {
    return start(home, flags, Map.of(), arguments);
  }

  /** Starts it with flags of the JVM and variables of the environment. */
  static Child start(
      Path home, List<String> flags, Map<String, String> environment, String... arguments)
      throws Exception {
    needsJava(home);
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(flags);
    command.add("-cp");
    command.add(classPath());
    command.add("src/test/resources/Held.java");
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    Map<String, Long> figures = new TreeMap<>();
    BufferedReader out = process.inputReader();
    for (String line = out.readLine(); !"ready".equals(line); line = out.readLine()) {
      if (line == null) {
        throw new IOException("it ended with " + process.waitFor() + " after " + figures);
      }
      int equals = line.indexOf('=');
      if (equals > 0) {
        figures.put(line.substring(0, equals), Long.parseLong(line.substring(equals + 1)));
      }
    }
    return new Child(process, figures);
  }

  /** Without the programs of others, whose many files would need memory of this one. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(file -> file.contains("/target/") || file.contains("/netty-"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  long figure(String name) {
    return figures.getOrDefault(name, -1L);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
