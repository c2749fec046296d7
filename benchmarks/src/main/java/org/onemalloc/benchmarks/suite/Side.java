package org.onemalloc.benchmarks.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A language on an allocator: what a process is started as.
 *
 * @param ours whether it is the heap in a JVM, otherwise the program in C
 */
record Side(Provider allocator, boolean ours) {
  /**
   * An allocator.
   *
   * @param file the library, a file name for the one that the system has anyway
   */
  record Provider(String name, Path file) {
    boolean isLoaded() {
      return file.isAbsolute();
    }
  }

  private static final Path LIBRARIES = Path.of("/usr/lib/x86_64-linux-gnu");

  /** The allocators of the table, those that {@code bench} asks for. */
  static final List<Provider> ALLOCATORS =
      List.of(
          new Provider("glibc", Path.of("libc.so.6")),
          new Provider("jemalloc", LIBRARIES.resolve("libjemalloc.so.2")),
          new Provider("tcmalloc", LIBRARIES.resolve("libtcmalloc_minimal.so.4")),
          new Provider("mimalloc", LIBRARIES.resolve("libmimalloc.so.2")));

  /** A Java heap that is resident from the start, so that it is the same in each process. */
  private static final List<String> JVM =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "-Xms64m",
          "-Xmx64m",
          "-XX:+AlwaysPreTouch",
          "-XX:+UseSerialGC");

  /**
   * How long a process works.
   *
   * @param warmUp the time to warm up, in ms
   * @param cWarmUp the same in C, which needs only its memory
   * @param repetitions the repetitions to measure
   * @param percent how much of the operations to do
   */
  record Plan(int warmUp, int cWarmUp, int repetitions, int percent) {}

  /**
   * What a process measured.
   *
   * @param millis the time of the shortest repetition, in ms
   * @param megabytes the peak of its resident memory, in MB of 2^20 bytes
   */
  record Measured(double millis, double megabytes, long checksum) {}

  /**
   * Runs a workload in a process of its own.
   *
   * @throws IllegalStateException if it fails, or another allocator served it
   */
  Measured measure(Workload workload, int lanes, Plan plan) {
    List<String> command = ours ? java() : new ArrayList<>(List.of(property("bench.suite")));
    command.add(workload.name());
    command.add(String.valueOf(lanes));
    command.add(String.valueOf(ours ? plan.warmUp : plan.cWarmUp));
    command.add(String.valueOf(plan.repetitions));
    command.add(String.valueOf(plan.percent));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    Map<String, String> environment = builder.environment();
    environment.remove("LD_PRELOAD");
    environment.remove("GLIBC_TUNABLES"); // which bench sets for the rows inside one JVM
    if (!ours && allocator.isLoaded()) {
      environment.put("LD_PRELOAD", allocator.file.toString());
    }
    return measured(command, output(builder));
  }

  private List<String> java() {
    List<String> command = new ArrayList<>();
    if (allocator.isLoaded()) {
      command.addAll(List.of(property("bench.command"), "run", "-a"));
      command.addAll(List.of(allocator.file.toString(), "--"));
    }
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(JVM);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Runner.class.getName()));
    return command;
  }

  private Measured measured(List<String> command, String output) {
    String[] words = output.strip().split(" ", -1);
    if (words.length != 4) {
      throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
    }
    if (!Path.of(words[0]).getFileName().equals(allocator.file.getFileName())) {
      throw new IllegalStateException(
          String.join(" ", command) + " ran on " + words[0] + ", not on " + allocator.file + ".");
    }
    return new Measured(
        Long.parseLong(words[1]) / 1e6,
        Long.parseLong(words[2]) / 1024.0,
        Long.parseLong(words[3]));
  }

  private static String output(ProcessBuilder builder) {
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      return code == 0 ? text : "exit code " + code + " " + text;
    } catch (IOException e) {
      throw new IllegalStateException(builder.command() + " could not be started.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(builder.command() + " was interrupted.", e);
    }
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException("The property " + name + " is missing: start ./bench suite.");
    }
    return value;
  }

  @Override
  public String toString() {
    return (ours ? "ours on " : "C on ") + allocator.name;
  }
}
