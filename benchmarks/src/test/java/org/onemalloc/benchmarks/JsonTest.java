package org.onemalloc.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.benchmarks.Measure.Program;
import org.onemalloc.benchmarks.Row.Figure;
import org.onemalloc.text.AtomicFile;

/** The promise of docs/performance.md: fields may be added to the JSON, none is changed. */
class JsonTest {
  static Row.Result result(String name) {
    Program program = Program.of(FirstUse.class, "heap");
    Row row =
        Row.of(
            name,
            "a \"row\"",
            program,
            Row.peer("near", 0.5, program),
            Row.peer("far", 0, program));
    return new Row.Result(
        row,
        Figure.of(new double[] {3, 1, 2}),
        List.of(Figure.of(new double[] {4}), Figure.of(new double[] {8, 9})));
  }

  @Test
  void isWhatTheDocumentSays(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("bench.json");
    try (AtomicFile open = AtomicFile.open(file)) {
      Json.write(open, List.of(result("name")), true, 3);
    }
    String java = System.getProperty("java.vm.version");
    int processors = Runtime.getRuntime().availableProcessors();
    assertEquals(
        """
        {
          "schema": 1,
          "java": "%s",
          "processors": %d,
          "quick": true,
          "rounds": 3,
          "rows": [
            {
              "name": "name",
              "work": "a \\"row\\"",
              "unit": "ns",
              "ours": {"median": 2.0, "least": 1.0, "most": 3.0},
              "peers": [
                {"name": "near", "median": 4.0, "least": 4.0, "most": 4.0, "ratio": 0.5, "goal": 0.5, "met": true},
                {"name": "far", "median": 8.5, "least": 8.0, "most": 9.0, "ratio": 0.2353}
              ]
            }
          ]
        }
        """
            .formatted(java, processors),
        Files.readString(file));
  }

  @Test
  void ofEveryRowHasANameOfItsOwn() {
    List<String> names = Rows.all().stream().map(Row::name).toList();
    assertEquals(names.size(), names.stream().distinct().count());
  }
}
