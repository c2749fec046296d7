package org.onemalloc.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceFileTest {
  @TempDir Path folder;

  private static void write(Path file) {
    EvidenceFile evidence = new EvidenceFile(file);
    evidence.add(RequirementTest.evidence("/lib/libjemalloc.so.2", "jemalloc", List.of()));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void isReplacedAsAWholeAndLeavesNothingBesideIt() throws Exception {
    Path file = Files.writeString(folder.resolve("evidence"), "before");
    write(file);
    assertTrue(Files.readString(file).contains("jemalloc"));
    assertEquals(List.of("evidence"), names());
  }

  /** Another user can put a link there where everybody may write. */
  @Test
  void aLinkInItsPlaceIsReplacedAndNotFollowed() throws Exception {
    Path victim = Files.writeString(folder.resolve("victim"), "precious");
    Path file = Files.createSymbolicLink(folder.resolve("evidence"), victim);
    Path beside = Files.createSymbolicLink(folder.resolve("evidence.tmp"), victim);
    write(file);
    assertEquals("precious", Files.readString(victim));
    assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    assertTrue(Files.isSymbolicLink(beside));
  }

  @Test
  void aDirectoryAndAPipeStayAsTheyAre() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("directory"));
    write(directory);
    assertTrue(Files.isDirectory(directory));
    Assumptions.assumeTrue(Files.exists(Path.of("/usr/bin/mkfifo")), "mkfifo is not installed");
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    write(pipe);
    assertTrue(
        Files.readAttributes(pipe, java.nio.file.attribute.BasicFileAttributes.class).isOther());
    assertEquals(List.of("directory", "pipe"), names());
  }

  @Test
  void aStreamIsWrittenInPlace() throws Exception {
    write(Path.of("/dev/null"));
    assertTrue(Files.exists(Path.of("/dev/null")) && !Files.isRegularFile(Path.of("/dev/null")));
  }
}
