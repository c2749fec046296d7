package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {
  @TempDir Path folder;

  @Test
  void writesTwoFiles() throws Exception {
    try (Outputs outputs = new Outputs()) {
      AtomicFile page = outputs.open(folder.resolve("page"));
      AtomicFile samples = outputs.open(folder.resolve("samples"));
      outputs.write(page, out -> out.append("a"));
      outputs.write(samples, out -> out.append("b"));
      outputs.finish();
    }
    assertEquals("a", Files.readString(folder.resolve("page")));
    assertEquals("b", Files.readString(folder.resolve("samples")));
  }

  @Test
  void aFaultInOneTextDoesNotCostTheOthers() throws Exception {
    Path page = folder.resolve("page");
    try (Outputs outputs = new Outputs()) {
      AtomicFile faulty = outputs.open(page);
      AtomicFile samples = outputs.open(folder.resolve("samples"));
      outputs.write(
          faulty,
          _ -> {
            throw new IllegalArgumentException("no number");
          });
      outputs.write(samples, out -> out.append("b"));
      OutputException said = assertThrows(OutputException.class, outputs::finish);
      assertTrue(said.getMessage().startsWith(page + " could not be written"), said.getMessage());
    }
    assertEquals("b", Files.readString(folder.resolve("samples")));
  }

  @Test
  void refusesOneFileForTwoTexts() throws Exception {
    Path file = folder.resolve("file");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path directory = Files.createSymbolicLink(folder.resolve("directory"), folder);
    for (boolean exists : new boolean[] {false, true}) {
      if (exists) {
        Files.writeString(file, "before");
      }
      for (Path other : List.of(file, link, directory.resolve("file"), folder.resolve("./file"))) {
        refused(file, other);
      }
    }
    refused(file, Files.createLink(folder.resolve("hard"), file));
    assertEquals("before", Files.readString(file));
  }

  @Test
  void writesTwoTextsToADevice() throws Exception {
    try (Outputs outputs = new Outputs()) {
      assertTrue(outputs.write(outputs.open(Path.of("/dev/null")), out -> out.append("a")));
      assertTrue(outputs.write(outputs.open(Path.of("/dev/null")), out -> out.append("b")));
      outputs.finish();
    }
  }

  @Test
  void refusesAFileThatIsKept() throws Exception {
    Path state = folder.resolve("state");
    for (int i = 0; i < 2; i++) { // absent and present
      try (Outputs outputs = new Outputs()) {
        outputs.keep(state);
        Path same = folder.resolve(".").resolve("state");
        OutputException refusal = assertThrows(OutputException.class, () -> outputs.open(same));
        assertEquals(
            same + " is named as an output, and what is in it would be lost: name another file.",
            refusal.getMessage());
        assertTrue(outputs.write(outputs.open(folder.resolve("page")), out -> out.append("a")));
      }
      Files.writeString(state, "runs");
    }
    assertEquals("runs", Files.readString(state));
  }

  private static void refused(Path one, Path other) throws Exception {
    try (Outputs outputs = new Outputs()) {
      AtomicFile _ = outputs.open(one);
      OutputException refusal = assertThrows(OutputException.class, () -> outputs.open(other));
      assertEquals(
          other + " is named for two outputs, and one would be lost: name two files.",
          refusal.getMessage());
    }
  }
}
