package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.text.OwnPlace;

class CacheDirectoryTest {
  private static final long ME = Machine.userId();

  @TempDir Path directory;

  private Path choose(Map<String, String> environment, String home) {
    List<Path> candidates =
        CacheCandidates.of(environment, home, List.of(directory.resolve("tmp")), ME).stream()
            .filter(candidate -> candidate.startsWith(directory))
            .toList();
    return CacheCandidates.first(candidates, ME);
  }

  @Test
  void putsWhatRootStartsWhereOtherUsersCanReadIt() {
    assertEquals(
        List.of(Path.of("/xdg/onemalloc"), Path.of("/var/cache/onemalloc")),
        CacheCandidates.of(Map.of("XDG_CACHE_HOME", "/xdg"), "/root", List.of(), 0).subList(0, 2));
    assertEquals(
        List.of(Path.of("/home/a/.cache/onemalloc")),
        CacheCandidates.of(Map.of(), "/home/a", List.of(), 1000));
  }

  @Test
  void prefersXdgCacheHomeToHome() {
    Path xdg = directory.resolve("xdg");
    assertEquals(
        xdg.resolve("onemalloc"),
        choose(Map.of("XDG_CACHE_HOME", xdg.toString()), directory.toString()));
    assertEquals(
        directory.resolve(".cache/onemalloc"),
        choose(Map.of("XDG_CACHE_HOME", "relative"), directory.toString()));
  }

  @Test
  void goesElsewhereWhereLdPreloadCannotCarryThePath() {
    for (String home : List.of("my home", "C:", "$ORIGIN")) {
      assertEquals(
          directory.resolve("tmp/onemalloc-" + ME),
          choose(Map.of(), directory.resolve(home).toString()));
      assertFalse(Files.exists(directory.resolve(home)));
    }
  }

  @Test
  void goesElsewhereWhereHomeCannotBeWritten() throws Exception {
    Path home = Files.createFile(directory.resolve("home"));
    assertEquals(directory.resolve("tmp/onemalloc-" + ME), choose(Map.of(), home.toString()));
  }

  @Test
  void refusesALinkAndSaysSo() throws Exception {
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.createDirectories(directory.resolve("tmp"));
    Files.createSymbolicLink(directory.resolve("tmp/onemalloc-" + ME), target);
    AllocatorException e =
        assertThrows(AllocatorException.class, () -> choose(Map.of(), "relative"));
    assertTrue(e.getMessage().contains("is a symbolic link"), e.getMessage());
    assertTrue(e.getMessage().contains("set XDG_CACHE_HOME"), e.getMessage());
  }

  @Test
  void refusesADirectoryOfSomebodyElse() {
    long other = ME + 1;
    AllocatorException e =
        assertThrows(
            AllocatorException.class,
            () -> CacheDirectory.choose(Map.of(), "relative", List.of(directory), other));
    assertTrue(e.getMessage().contains("belongs to the user with the id "), e.getMessage());
  }

  @Test
  void emptiesADirectoryThatOthersCouldWrite() throws Exception {
    Path cache = Files.createDirectories(directory.resolve("xdg/onemalloc"));
    Files.writeString(cache.resolve("libonemalloc-planted.so"), "");
    permit(cache, "rwxrwxrwx");
    Shell.cache(directory.resolve("xdg"));
    assertEquals("rwxr-xr-x", permissions(cache));
    assertFalse(Files.exists(cache.resolve("libonemalloc-planted.so")));
  }

  @Test
  void emptiesADirectoryThatItsLastUserDidNotFinishToEmpty() throws Exception {
    Path cache = Files.createDirectories(directory.resolve("xdg/onemalloc"));
    Files.writeString(cache.resolve("libonemalloc-planted.so"), "");
    permit(cache, "rwx--x---");
    Shell.cache(directory.resolve("xdg"));
    assertFalse(Files.exists(cache.resolve("libonemalloc-planted.so")));
  }

  /** The user's own directory of that name, as a clone of this project is. */
  @Test
  void leavesADirectoryAloneThatHasFilesOfOthers() throws Exception {
    Path cache = Files.createDirectories(directory.resolve("xdg/onemalloc"));
    Files.writeString(cache.resolve("libonemalloc-a.so"), "");
    Files.createDirectory(cache.resolve("known-things"));
    Files.writeString(cache.resolve("thesis.txt"), "precious");
    permit(cache, "rwxrwxr-x");
    Path chosen = choose(Map.of("XDG_CACHE_HOME", cache.getParent().toString()), "relative");
    assertEquals(directory.resolve("tmp/onemalloc-" + ME), chosen);
    assertEquals("precious", Files.readString(cache.resolve("thesis.txt")));
    assertTrue(Files.exists(cache.resolve("libonemalloc-a.so")));
    assertEquals("rwxrwxr-x", permissions(cache));
  }

  @Test
  void keepsWhatItStoredForEverybodyToRead() throws Exception {
    Path file = Shell.cache(directory).store("a", new byte[] {1});
    assertEquals("rw-r--r--", permissions(file));
    assertTrue(Shell.cache(directory).find("a").isPresent());
  }

  @Test
  void goesElsewhereWhereOthersCanWriteAnAncestor() throws Exception {
    Path open = Files.createDirectories(directory.resolve("open/home"));
    permit(open.getParent(), "rwxrwxrwx");
    assertEquals(directory.resolve("tmp/onemalloc-" + ME), choose(Map.of(), open.toString()));
    assertFalse(Files.exists(open.resolve(".cache")));
  }

  @Test
  void goesElsewhereWhereAnAncestorBelongsToSomebodyElse() throws Exception {
    assumeTrue(ME == 0, "only root can give a directory to another user");
    Path home = Files.createDirectories(directory.resolve("alice/.cache")).getParent();
    Files.setAttribute(home, "unix:uid", 12345);
    assertEquals(directory.resolve("tmp/onemalloc-" + ME), choose(Map.of(), home.toString()));
    assertFalse(Files.exists(home.resolve(".cache/onemalloc")));
  }

  /** Another user makes the missing parent after it was judged and before it is made. */
  @Test
  void isNeverBelowADirectoryThatSomebodyElseMadeMeanwhile() throws Exception {
    assumeTrue(ME == 0, "only root can become another user");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "perl is not installed");
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.setAttribute(directory, "unix:mode", 0755);
    Files.setAttribute(shared, "unix:mode", 01777);
    Path xdg = shared.resolve("xdg");
    Process other =
        new ProcessBuilder(
                "setpriv",
                "--reuid=12345",
                "--regid=12345",
                "--clear-groups",
                "perl",
                "-e",
                "while (1) { mkdir $ARGV[0], 0777; rmdir $ARGV[0]; }",
                xdg.toString())
            .inheritIO()
            .start();
    try {
      for (int i = 0; i < 2000; i++) {
        Path chosen = choose(Map.of("XDG_CACHE_HOME", xdg.toString()), "relative");
        Object owner = Files.getAttribute(chosen.getParent(), "unix:uid");
        assertEquals(0, owner, chosen + " after " + i);
        if (chosen.startsWith(xdg)) {
          Files.delete(chosen);
          Files.delete(xdg);
        }
      }
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void goesElsewhereWhereALinkLeadsToAPlaceOfOthers() throws Exception {
    Path open = Files.createDirectories(directory.resolve("open/home"));
    permit(open.getParent(), "rwxrwxrwx");
    Path home = Files.createSymbolicLink(directory.resolve("home"), open);
    assertEquals(directory.resolve("tmp/onemalloc-" + ME), choose(Map.of(), home.toString()));
  }

  @Test
  void doesNotReadWhatSomebodyElseStored() throws Exception {
    assumeTrue(ME == 0, "only root can give a file to another user");
    CacheDirectory cache = Shell.cache(directory);
    Path file = cache.store("a", new byte[] {1});
    Files.setAttribute(file, "unix:uid", 12345);
    assertTrue(cache.find("a").isEmpty());
    cache.provide("a", new byte[] {1});
    assertTrue(cache.find("a").isPresent());
  }

  @Test
  void replacesAFileThatDiffersByOneBit() throws Exception {
    CacheDirectory cache = Shell.cache(directory);
    Path file = cache.provide("a", new byte[] {1, 2, 3});
    Files.write(file, new byte[] {1, 0, 3});
    assertEquals(file, cache.provide("a", new byte[] {1, 2, 3}));
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(file));
  }

  @Test
  void knowsWhereNoCodeCanBeMapped() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] fields = line.split(" ", -1);
      if (fields[4].equals("/proc") || fields[4].equals("/sys")) {
        boolean without = Arrays.asList(fields[5].split(",", -1)).contains("noexec");
        assertEquals(without, OwnPlace.isWithoutExecution(Path.of(fields[4], "x")), line);
      }
    }
    assertFalse(OwnPlace.isWithoutExecution(Path.of(Shell.JAVA).toRealPath()));
  }

  private static void permit(Path path, String permissions) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void leavesNothingBesideAndRemovesWhatOthersLeftLongAgo() throws Exception {
    CacheDirectory cache = Shell.cache(directory);
    Path old = Files.createFile(cache.path().resolve(".unfinished-1"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(7200)));
    Path young = Files.createFile(cache.path().resolve(".unfinished-2"));
    Path file = cache.store("a", new byte[] {1, 2});
    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
    assertFalse(Files.exists(old));
    assertTrue(Files.exists(young));
    try (var files = Files.list(cache.path())) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void servesEightProcessesAtOnce() throws Exception {
    List<Process> writers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      writers.add(writer(20, i));
    }
    for (Process writer : writers) {
      assertEquals(0, writer.waitFor(), () -> "a writer failed");
    }
    assertWhole(Shell.cache(directory).path().resolve("file"));
  }

  @Test
  void isWholeWheneverAWriterIsKilled() throws Exception {
    Path file = Shell.cache(directory).path().resolve("file");
    for (int i = 0; i < 5; i++) {
      Process writer = writer(1_000_000, i);
      while (!Files.exists(file) || Files.readAllBytes(file)[0] != i) {
        Thread.sleep(1);
      }
      Thread.sleep(7L * i);
      writer.destroyForcibly().waitFor();
      assertWhole(file);
    }
  }

  private static void assertWhole(Path file) throws Exception {
    byte[] content = Files.readAllBytes(file);
    assertEquals(CacheWriter.SIZE, content.length);
    byte[] expected = new byte[CacheWriter.SIZE];
    Arrays.fill(expected, content[0]);
    assertArrayEquals(expected, content);
  }

  private Process writer(int times, int value) throws Exception {
    return new ProcessBuilder(
            Shell.JAVA,
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            CacheWriter.class.getName(),
            directory.toString(),
            Integer.toString(times),
            Integer.toString(value))
        .inheritIO()
        .start();
  }
}
