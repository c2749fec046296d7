package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SparkSubmissionTest {
  private static String submit(Map<String, String> environment, String command) {
    List<byte[]> words =
        Stream.of(command.split(" ", -1)).map(w -> w.getBytes(StandardCharsets.UTF_8)).toList();
    return String.join(
        " ",
        SparkSubmission.of(words, environment, Path.of("/tmp/e")).stream()
            .map(word -> new String(word, StandardCharsets.UTF_8))
            .toList());
  }

  @Test
  void theSettingsFollowSparkSubmit() {
    assertEquals(
        "nice /opt/spark/bin/spark-submit --conf spark.executorEnv.LD_PRELOAD=/l/a.so:/l/b.so"
            + " --conf spark.onemalloc.evidence=/tmp/e --conf spark.onemalloc.interval=2s --conf"
            + " spark.plugins=org.onemalloc.spark.OnemallocPlugin --class Jöb job.jar 3",
        submit(
            Map.of("LD_PRELOAD", "/l/a.so:/l/b.so"),
            "nice /opt/spark/bin/spark-submit --class Jöb job.jar 3"));
  }

  @Test
  void pluginsOfTheCommandStay() {
    assertEquals(
        "spark-submit --conf spark.onemalloc.evidence=/tmp/e --conf spark.onemalloc.interval=2s"
            + " --conf spark.plugins=a.B,org.onemalloc.spark.OnemallocPlugin job.jar",
        submit(Map.of(), "spark-submit --conf spark.plugins=a.B job.jar"));
    assertEquals(
        "spark-submit --conf spark.onemalloc.evidence=/tmp/e --conf spark.onemalloc.interval=2s"
            + " -c spark.plugins=org.onemalloc.spark.OnemallocPlugin job.jar",
        submit(
            Map.of(), "spark-submit -c spark.plugins=org.onemalloc.spark.OnemallocPlugin job.jar"));
  }

  @Test
  void anotherCommandIsRefused() {
    assertThrows(CommandException.class, () -> submit(Map.of(), "java -jar job.jar"));
  }
}
