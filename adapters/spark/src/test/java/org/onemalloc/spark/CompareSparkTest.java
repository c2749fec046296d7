package org.onemalloc.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code compare --engine spark}, the command of this build, with applications on a real cluster.
 */
@Tag("long")
class CompareSparkTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

  private LocalCluster cluster;

  @BeforeEach
  void prepare() throws IOException {
    assumeTrue(
        Files.exists(ROOT.resolve("cli/target/dist/onemalloc.jar")),
        "the command is not built: ./check builds it first");
    cluster = LocalCluster.prepare("compare-spark");
  }

  @Test
  void bothExecutorsAreProvenInEachRunAndEachRoleHasItsMemory() throws Exception {
    LocalCluster.Ended ended = compare();
    assertEquals(0, ended.exitCode(), ended.output());
    assertTrue(ended.output().contains("executor MB"), ended.output());
    for (JsonNode run : runs().values()) {
      assertTrue(run.get("counts").asBoolean(), run.toString());
      assertTrue(
          run.at("/proof/evidence").toString().contains("2 of 2 executors proven."), run + "");
      assertEquals(0, run.at("/proof/failures").size(), run.toString());
      assertRole(run.at("/roles/0"), "driver", 1);
      assertRole(run.at("/roles/1"), "executor", 2);
    }
  }

  /** A setting of the application takes the preload from its executors, and the job succeeds. */
  @Test
  void aRunWhoseExecutorsAreNotProvenIsNotCountedAndSaysWhy() throws Exception {
    LocalCluster.Ended ended = compare("spark.executorEnv.LD_PRELOAD=");
    assertEquals(1, ended.exitCode(), ended.output());
    Map<String, JsonNode> runs = runs();
    assertTrue(runs.get("system").get("counts").asBoolean(), runs.get("system").toString());
    JsonNode lost = runs.get("jemalloc");
    assertFalse(lost.get("counts").asBoolean(), lost.toString());
    assertFalse(lost.at("/proof/proven").asBoolean(), lost.toString());
    assertEquals(0, lost.at("/outcome/exitCode").asInt(), lost.toString());
    String failures = lost.at("/proof/failures").toString();
    assertTrue(failures.contains("0 of 2 executors proven. executor "), failures);
    assertTrue(
        failures.contains("libc.so.6 serves its malloc, not " + LocalCluster.JEMALLOC), failures);
    assertTrue(
        ended.output().contains("jemalloc  1 of 1 run not proven: 0 of 2 executors proven."),
        ended.output());
  }

  private static void assertRole(JsonNode role, String name, int processes) {
    assertEquals(name, role.path("name").asText());
    assertEquals(processes, role.path("processes").asInt());
    assertTrue(role.path("peakRssBytes").asLong() > 50 << 20, role.toString());
  }

  private Path json() {
    return cluster.home().resolve("compare.json");
  }

  private LocalCluster.Ended compare(String... settings) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(ROOT.resolve("onemalloc").toString());
    words.addAll(List.of("compare", "--engine", "spark", "-a", "system,jemalloc", "-n", "1"));
    words.addAll(List.of("--all-runs", "--json", json().toString(), "--"));
    words.addAll(cluster.submission(settings));
    return cluster.run(words);
  }

  /** Returns the runs by variant, one of each. */
  private Map<String, JsonNode> runs() throws IOException {
    JsonNode all = new ObjectMapper().readTree(Files.readAllBytes(json())).get("runs");
    Map<String, JsonNode> runs = new TreeMap<>();
    all.forEach(run -> runs.put(run.get("variant").asText(), run));
    assertEquals(List.of("jemalloc", "system"), List.copyOf(runs.keySet()));
    assertEquals(runs.size(), all.size());
    return runs;
  }
}
