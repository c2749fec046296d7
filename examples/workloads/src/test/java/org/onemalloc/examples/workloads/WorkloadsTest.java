package org.onemalloc.examples.workloads;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class WorkloadsTest {
  private static final long PATIENCE_SECONDS = 60;

  @TempDir Path folder;

  private record Result(int exitCode, String output) {}

  @ParameterizedTest
  @CsvSource({
    "rocksdb, 300, 'fill;overwrite, larger;read;overwrite, smaller;read again;end;idle'",
    "sqlite, 2000, 'insert;search;update, longer rows;search again;delete most;end;idle'",
    "lucene, 500, 'index;merge;search;end;idle'",
  })
  void marksItsPhasesAndLeavesNothingBehind(String name, String size, String phases)
      throws Exception {
    Path marks = folder.resolve("phases");
    Result result = run(marks, name, size);
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.output()),
        () -> assertTrue(result.output().matches("(?s).*(read|found) [1-9].*"), result.output()),
        () -> assertEquals(List.of(phases.split(";", -1)), Files.readAllLines(marks)),
        () -> assertEquals(List.of(), namesIn(folder, "onemalloc-")));
  }

  @Test
  void doesTheSameWorkEachTime() throws Exception {
    Path marks = folder.resolve("phases");
    String first = run(marks, "sqlite", "2000").output();
    assertEquals(first, run(marks, "sqlite", "2000").output());
  }

  @Test
  void refusesANameThatItDoesNotKnow() throws Exception {
    Result result = run(folder.resolve("phases"), "oracle");
    assertEquals(2, result.exitCode());
    assertEquals("run: name a workload: rocksdb, sqlite or lucene.", result.output().strip());
  }

  private Result run(Path marks, String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(Path.of("run").toAbsolutePath().toString()));
    words.addAll(List.of(arguments));
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("ONEMALLOC_PHASES", marks.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JDK_JAVA_OPTIONS", flags());
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Result(process.waitFor(), Files.readString(output, StandardCharsets.UTF_8));
  }

  private String flags() {
    return "-Dworkload.restMillis=100 -Dworkload.folder=%1$s -Djava.io.tmpdir=%1$s"
        .formatted(folder);
  }

  private static List<String> namesIn(Path folder, String start) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.startsWith(start)).toList();
    }
  }
}
