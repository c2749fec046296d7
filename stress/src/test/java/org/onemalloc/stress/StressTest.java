package org.onemalloc.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;

/**
 * Runs the jcstress tests in a JVM of their own. Short: one mode, half a second each. Nightly: all
 * of jcstress's own modes, which run each actor interpreted, compiled by C1 and compiled by C2.
 */
@Tag("slow")
class StressTest {
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

  private static final int TRIES = 10;

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> handOvers() throws Exception {
    TreeMap<String, List<TestResult>> byName = new TreeMap<>();
    collect(run("all", ""), byName);
    List<String> listed = listed();
    assertEquals(listed, List.copyOf(byName.keySet()));
    // On a busy machine the processors can be elsewhere for all of a test's half second.
    for (String name : listed) {
      for (int i = 0; i < TRIES && samples(byName.get(name)) == 0; i++) {
        collect(run(name + i, Pattern.quote(name)), byName);
      }
    }
    return byName.entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(shortName(e.getKey()), () -> check(e.getValue())));
  }

  private static void collect(
      Collection<TestResult> results, Map<String, List<TestResult>> byName) {
    for (TestResult result : results) {
      byName.computeIfAbsent(result.getName(), name -> new ArrayList<>()).add(result);
    }
  }

  private static long samples(List<TestResult> results) {
    return results.stream().mapToLong(TestResult::getTotalCount).sum();
  }

  private static String shortName(String name) {
    return name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
  }

  private static void check(List<TestResult> results) {
    String name = shortName(results.getFirst().getName());
    for (TestResult result : results) {
      assertTrue(
          result.grading().isPassed,
          () -> name + ": " + result.grading().failureMessages + " " + result.getMessages());
    }
    long samples = samples(results);
    System.out.printf("%s: %,d samples, 0 forbidden%n", name, samples);
    assertTrue(samples > 0, "nothing was sampled");
  }

  private static List<String> listed() throws Exception {
    Options all = new Options(new String[0]);
    all.parse();
    return List.copyOf(new JCStress(all).getTests());
  }

  /** Runs the tests that a pattern selects, all if it is empty, in a directory of their own. */
  private Collection<TestResult> run(String name, String pattern) throws Exception {
    Path place = Files.createDirectory(directory.resolve(name));
    Path output = place.resolve("output");
    List<String> command = command();
    if (!pattern.isEmpty()) {
      command.addAll(List.of("-t", pattern));
    }
    Process process =
        new ProcessBuilder(command)
            .directory(place.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      boolean nightly = Boolean.getBoolean("nightly");
      assertTrue(process.waitFor(nightly ? 120 : 5, TimeUnit.MINUTES), "jcstress did not end");
    } finally {
      process.destroyForcibly();
    }
    try (Stream<Path> files = Files.list(place)) {
      Path results =
          files.filter(file -> file.toString().endsWith(".bin.gz")).findFirst().orElse(null);
      assertTrue(results != null, () -> "jcstress has no results: " + text(output));
      InProcessCollector collector = new InProcessCollector();
      DiskReadCollector reader = new DiskReadCollector(results.toString(), collector);
      reader.dump();
      reader.close();
      return collector.getTestResults();
    }
  }

  private static String text(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    // few states at a time, because each uses rows and slots of tables of a fixed size
    command.addAll(List.of("-strideSize", "64", "-strideCount", "40", "-hs", "256"));
    command.addAll(
        Boolean.getBoolean("nightly")
            ? List.of("-jvmArgsPrepend", NATIVE, "-time", "1000", "-iters", "5")
            : List.of("-jvmArgs", NATIVE + " -Xmx256m", "-sc", "false", "-af", "NONE"));
    if (!Boolean.getBoolean("nightly")) {
      String time = Boolean.getBoolean("all") ? "500" : "100";
      command.addAll(List.of("-f", "1", "-iters", "1", "-time", time));
    }
    return command;
  }
}
