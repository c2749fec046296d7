package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that measures the table in docs/native.md runs; its figures are not tested. */
@Tag("slow")
class BenchTest {
  @TempDir Path folder;

  @Test
  void theCostIsMeasuredInEveryForm() throws Exception {
    Workshop.require("cc", "taskset");
    Workshop.installed("libjemalloc.a", "libjemalloc-dev");
    Workshop shop = new Workshop(folder);
    String script = Workshop.HERE.resolve("bench/cost.sh").toString();
    String output = shop.succeed(Map.of("TURNS", "1"), script);
    for (String part : new String[] {"== malloc", "== jemalloc", "== jemalloc, static"}) {
      assertTrue(output.lines().anyMatch(part::equals), output);
    }
    for (String way : new String[] {"plain", "weak", "direct", "other"}) {
      assertTrue(output.contains("  " + way + " "), output);
    }
  }
}
