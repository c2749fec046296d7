package org.onemalloc.benchmarks.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels in Java and in C do the same, each time. */
class KernelsTest {
  private static final int PERCENT = 1;
  private static final Path SOURCES = Path.of("src/main/c/suite");

  @TempDir private static Path folder;
  private static Path program;

  @BeforeAll
  static void compile() throws Exception {
    boolean there =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "cc")));
    Assumptions.assumeTrue(there, "cc is not installed");
    program = folder.resolve("suite");
    List<String> command = new ArrayList<>(List.of("cc", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-pthread", "-o", program.toString()));
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.filter(f -> f.toString().endsWith(".c")).forEach(f -> command.add(f.toString()));
    }
    command.add("-ldl");
    assertEquals("", output(command));
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  static List<String> workloads() {
    return Workload.all().stream().map(Workload::name).toList();
  }

  private static long inJava(Workload workload, int lanes) {
    Repetitions repetitions = new Repetitions(0, 1, () -> {});
    new Crew(workload.kernel(), lanes, PERCENT).run(repetitions);
    return repetitions.checksum();
  }

  /** Three lanes: one of them has no partner in xmalloc-test. */
  @ParameterizedTest
  @MethodSource("workloads")
  void doTheSameInBothLanguages(String name) throws Exception {
    for (int lanes = 1; lanes <= 3; lanes++) {
      List<String> command =
          List.of(program.toString(), name, lanes + "", "0", "1", String.valueOf(PERCENT));
      String[] words = output(command).strip().split(" ", -1);
      assertEquals("libc.so.6", Path.of(words[0]).getFileName().toString());
      assertTrue(Long.parseLong(words[2]) > 0, "the peak");
      assertEquals(Long.parseLong(words[3]), inJava(Workload.named(name), lanes), lanes + " lanes");
    }
  }

  @Test
  void differ() {
    List<Long> sums =
        Workload.all().stream()
            .filter(workload -> !workload.name().matches("larson-sized|cache-.*|sh8bench"))
            .map(workload -> inJava(workload, 1))
            .toList();
    assertEquals(sums.size(), sums.stream().distinct().count());
  }

  @Test
  void areRefusedIfARepetitionDiffers() {
    Repetitions repetitions = new Repetitions(0, 1, () -> {});
    assertTrue(repetitions.add(1, 5));
    assertThrows(IllegalStateException.class, () -> repetitions.add(1, 6));
  }
}
