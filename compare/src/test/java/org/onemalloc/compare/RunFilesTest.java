package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFilesTest {
  @TempDir Path folder;

  @Test
  void hearsEachPhaseOnce() throws IOException {
    try (RunFiles files = RunFiles.in(folder)) {
      append(files.phases(), "load\nen");
      assertEquals(List.of("load"), files.newPhases());
      append(files.phases(), "d\nidle");
      assertEquals(List.of("end"), files.newPhases());
      assertEquals(List.of(), files.newPhases());
      assertEquals(List.of("idle"), files.lastPhase());
    }
  }

  @Test
  void hearsPhasesThatReplaceEachOther() throws IOException {
    try (RunFiles files = RunFiles.in(folder)) {
      Files.writeString(files.phases(), "a long name\n");
      assertEquals(List.of("a long name"), files.newPhases());
      Files.writeString(files.phases(), "end\n");
      assertEquals(List.of("end"), files.newPhases());
    }
  }

  @Test
  void survivesTheLossOfItsDirectory() throws IOException {
    Path directory = folder.resolve("a/b");
    Files.createDirectories(directory);
    try (RunFiles files = RunFiles.in(directory)) {
      Files.writeString(files.output(), "said before");
      try (Stream<Path> all = Files.list(directory)) {
        for (Path file : all.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
      Files.delete(directory.getParent());
      assertEquals("said before", files.lastOutput());
      assertEquals(List.of(), files.newPhases());
    }
    try (RunFiles files = RunFiles.in(directory)) {
      assertTrue(Files.exists(files.output()));
    }
  }

  @Test
  void readsNoEndlessFileOfPhases() throws IOException {
    try (RunFiles files = RunFiles.in(folder)) {
      append(files.phases(), "x\n".repeat(1 << 20));
      int heard = files.newPhases().size() + files.newPhases().size();
      assertTrue(heard <= 1 << 15, heard + " phases");
    }
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }
}
