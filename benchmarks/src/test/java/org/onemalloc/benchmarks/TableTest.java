package org.onemalloc.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.text.AtomicFile;

class TableTest {
  private static final String NEW =
      """
      | row | unit | ours [spread] | peer | peer's [spread] | ratio | goal |
      |---|---|---|---|---|---|---|
      | **window** a "row" | ns | 2.00 [1.00..3.00] | near | 4.00 [4.00..4.00] | 0.500 | ≤ 0.500 met |
      |  |  |  | far | 8.50 [8.00..9.00] | 0.235 |  |
      """;

  @TempDir private Path folder;

  private Path json(String name) throws IOException {
    Path file = folder.resolve("bench.json");
    try (AtomicFile open = AtomicFile.open(file)) {
      Json.write(open, List.of(JsonTest.result(name)), true, 3);
    }
    return file;
  }

  @Test
  void isWhatTheJsonSays() throws IOException {
    assertEquals(NEW, Table.of(List.of(json("window"))));
  }

  @Test
  void takesThePlaceOfTheRowInADocument() throws IOException {
    String row = NEW.substring(NEW.indexOf("| **"));
    String old = row.replace("2.00", "9.00");
    String other = row.replace("window", "memory");
    Path document = folder.resolve("performance.md");
    Files.writeString(document, "before\n" + Table.BEGIN + other + old + Table.END + "behind\n");
    Table.into(document, List.of(json("window")));
    assertEquals(
        "before\n" + Table.BEGIN + "\n" + NEW + other + "\n" + Table.END + "behind\n",
        Files.readString(document));
  }

  @Test
  void refusesWhatHasNoRowsOrNoTable() throws IOException {
    Path file = Files.writeString(folder.resolve("empty"), "{}");
    assertThrows(IOException.class, () -> Table.of(List.of(file)));
    assertThrows(IOException.class, () -> Table.into(file, List.of(json("window"))));
  }
}
