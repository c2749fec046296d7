package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path directory;

  @Test
  void writesUtf8ReadableByAll() throws Exception {
    Path file = directory.resolve("a.txt");
    AtomicFile.write(file, out -> out.append("−31 %"));
    assertEquals("−31 %", Files.readString(file));
    assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(List.of(file), files());
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingBeside() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    IOException full = new IOException("disk full");
    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.append("half");
                      throw full;
                    }));
    assertEquals(full, thrown);
    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void keepsPermissionsAndLinks() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    AtomicFile.write(link, out -> out.append("new"));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(file));
    assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void saysWhichDirectoryIsMissing() {
    Path file = directory.resolve("no/a.txt");
    IOException thrown =
        assertThrows(IOException.class, () -> AtomicFile.write(file, out -> out.append("x")));
    assertTrue(thrown.getMessage().contains(directory.resolve("no") + " does not exist"));
  }

  @Test
  void refusesADirectory() {
    IOException thrown =
        assertThrows(IOException.class, () -> AtomicFile.write(directory, out -> out.append("x")));
    assertTrue(thrown.getMessage().contains("is a directory"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
