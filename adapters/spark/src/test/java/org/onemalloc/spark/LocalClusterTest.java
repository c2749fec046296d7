package org.onemalloc.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Applications on a real cluster of two workers: Spark's {@code local-cluster}. */
@Tag("long")
class LocalClusterTest {
  private LocalCluster cluster;
  private Path evidence;

  @BeforeEach
  void prepare() throws IOException {
    cluster = LocalCluster.prepare("local-cluster");
    evidence = cluster.home().resolve("evidence.jsonl");
  }

  @Test
  void executorsProveTheAllocatorThatTheyWereGiven() throws Exception {
    String output =
        submit(
            0,
            "spark.executorEnv.LD_PRELOAD=" + LocalCluster.JEMALLOC,
            "spark.onemalloc.require=jemalloc");
    assertTrue(output.contains("SUM 4950"), output);
    List<String> lines = Files.readAllLines(evidence);
    assertEquals(3, lines.size(), String.join("\n", lines));
    assertTrue(lines.get(0).contains("\"id\": \"driver\""), lines.get(0));
    assertTrue(lines.get(0).contains("\"allocator\": \"system\""), lines.get(0));
    for (int executor = 0; executor < 2; executor++) {
      String line = lines.get(executor + 1);
      assertTrue(line.contains("\"id\": \"" + executor + "\""), line);
      assertTrue(line.contains("\"allocator\": \"jemalloc\""), line);
      assertTrue(line.contains("\"proof\": {\"proven\": true"), line);
      assertTrue(line.contains("\"glibcBytes\": 0,"), line);
    }
  }

  @Test
  void anExecutorThatIsNotProvenEndsTheApplicationWithOneSentence() throws Exception {
    String output = submit(3, "spark.onemalloc.require=jemalloc");
    List<String> said = output.lines().filter(line -> line.startsWith("onemalloc: ")).toList();
    assertEquals(1, said.size(), output);
    assertTrue(
        said.getFirst()
            .matches(
                "onemalloc: executor [01] on .* is not proven to run on jemalloc: system in .*"
                    + "libc.so.6 serves its malloc. The application ends."),
        output);
  }

  @Test
  void aNameThatIsNoAllocatorEndsTheApplication() throws Exception {
    String output = submit(3, "spark.onemalloc.require=jemaloc");
    assertTrue(output.contains("onemalloc: spark.onemalloc.require=jemaloc is neither"), output);
  }

  private String submit(int expected, String... settings) throws Exception {
    LocalCluster.Ended ended =
        cluster.run(
            cluster.submission(
                Stream.concat(
                        Stream.of(
                            "spark.plugins=" + OnemallocPlugin.class.getName(),
                            "spark.onemalloc.evidence=" + evidence,
                            "spark.onemalloc.interval=1s"),
                        Arrays.stream(settings))
                    .toArray(String[]::new)));
    assertEquals(expected, ended.exitCode(), ended.output());
    return ended.output();
  }
}
