package org.onemalloc.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** A way to measure one figure in a new JVM. */
sealed interface Measure {
  List<String> JVM =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Xms1g",
          "-Xmx1g",
          "-Dorg.lwjgl.system.allocator=jemalloc", // the default is mimalloc, if present
          "-Dbench.kernels=" + System.getProperty("bench.kernels"));

  /** Measures once. */
  double once(boolean quick);

  /**
   * The median of JMH's samples, divided by the operations in a sample. Preemption, which dominates
   * an average on a shared machine, does not move the median of short samples.
   */
  record Jmh(
      String method, int operations, int threads, Map<String, String> params, List<String> jvm)
      implements Measure {

    static Jmh of(String method, int operations) {
      return new Jmh(method, operations, 1, Map.of(), List.of());
    }

    Jmh with(String param, Object value) {
      Map<String, String> more = new java.util.TreeMap<>(params);
      more.put(param, value.toString());
      return new Jmh(method, operations, threads, more, jvm);
    }

    Jmh jvm(String... options) {
      List<String> more = new ArrayList<>(jvm);
      more.addAll(List.of(options));
      return new Jmh(method, operations, threads, params, more);
    }

    Jmh onThreads(int count) {
      return new Jmh(method, operations, count, params, jvm);
    }

    @Override
    public double once(boolean quick) {
      List<String> options = new ArrayList<>(JVM);
      options.addAll(jvm);
      TimeValue iteration = TimeValue.milliseconds(quick ? 100 : 250);
      ChainedOptionsBuilder builder =
          new OptionsBuilder()
              .include("^org\\.onemalloc\\.benchmarks\\." + method.replace(".", "\\.") + "$")
              .mode(Mode.SampleTime)
              .timeUnit(TimeUnit.NANOSECONDS)
              .forks(1)
              .threads(threads)
              .warmupIterations(quick ? 6 : 8)
              .warmupTime(iteration)
              .measurementIterations(quick ? 3 : 5)
              .measurementTime(iteration)
              .jvmArgs(options.toArray(String[]::new))
              .verbosity(VerboseMode.SILENT)
              .shouldFailOnError(true);
      params.forEach(builder::param);
      try {
        Collection<RunResult> results = new Runner(builder.build()).run();
        return results.iterator().next().getPrimaryResult().getStatistics().getPercentile(50)
            / operations;
      } catch (RunnerException e) {
        throw new IllegalStateException(method + " did not run: " + e.getMessage(), e);
      }
    }
  }

  /**
   * A program that prints the figure, as the last line that is only a number.
   *
   * @param aot whether it starts with an AOT cache (JEP 514) that was trained on the same program
   */
  record Program(String main, List<String> arguments, List<String> jvm, boolean aot)
      implements Measure {
    static Program of(Class<?> main, String... arguments) {
      return new Program(main.getName(), List.of(arguments), List.of(), false);
    }

    Program jvm(String... options) {
      return new Program(main, arguments, List.of(options), aot);
    }

    Program withAotCache() {
      return new Program(main, arguments, jvm, true);
    }

    @Override
    public double once(boolean quick) {
      if (!aot) {
        return run(List.of());
      }
      Path cache =
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "bench-"
                  + ProcessHandle.current().pid()
                  + "-"
                  + Integer.toHexString(hashCode())
                  + ".aot");
      if (!Files.exists(cache)) {
        run(List.of("-XX:AOTCacheOutput=" + cache));
        cache.toFile().deleteOnExit();
      }
      return run(List.of("-XX:AOTCache=" + cache));
    }

    private double run(List<String> more) {
      List<String> command = new ArrayList<>();
      command.add(System.getProperty("java.home") + "/bin/java");
      command.addAll(JVM);
      command.addAll(jvm);
      command.addAll(more);
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
      command.addAll(arguments);
      try {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
          throw new IllegalStateException(main + " failed:\n" + text);
        }
        // a JVM that writes its AOT cache prints so after the figure
        return text.lines()
            .filter(line -> line.matches("[0-9.]+"))
            .mapToDouble(Double::parseDouble)
            .reduce((before, last) -> last)
            .orElseThrow(() -> new IllegalStateException(main + " printed no figure:\n" + text));
      } catch (IOException e) {
        throw new IllegalStateException(main + " could not be started.", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(main + " was interrupted.", e);
      }
    }
  }
}
