package org.onemalloc.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final int SOMEBODY = Somebody.ID;

  @TempDir Path directory;

  @Test
  void writesUtf8WithTheRightsOfANewFile() throws Exception {
    Path usual = Files.writeString(directory.resolve("usual"), "");
    Path file = directory.resolve("a.txt");
    AtomicFile.write(file, out -> out.append("−31 %"));
    assertEquals("−31 %", Files.readString(file));
    assertEquals(Files.getPosixFilePermissions(usual), Files.getPosixFilePermissions(file));
    assertEquals(List.of(file, usual), files());
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingBeside() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    OutputException thrown =
        assertThrows(
            OutputException.class,
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.append("half");
                      throw new IOException("disk full");
                    }));
    assertEquals(file + " could not be written: disk full.", thrown.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void keepsPermissionsAndOwnLinks() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("a.txt"));
    AtomicFile.write(link, out -> out.append("new"));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(file));
    assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void whileItIsOpenNothingIsThereAndTheOldFileStays() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    try (AtomicFile _ = AtomicFile.open(file)) {
      assertEquals(List.of(file), files());
    }
    assertEquals("old", Files.readString(file));
  }

  @Test
  void saysWhichDirectoryIsMissing() {
    assertEquals(
        "the directory " + directory.resolve("no") + " does not exist.",
        why(directory.resolve("no/a.txt")));
  }

  @Test
  void refusesADirectoryAndACircleOfLinks() throws Exception {
    assertTrue(refusal(directory).endsWith("is a directory: name a file in it."));
    assertTrue(refusal(Path.of("/")).endsWith("is a directory: name a file in it."));
    Path link = Files.createSymbolicLink(directory.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(directory.resolve("b"), Path.of("a"));
    assertEquals("its symbolic links form a loop.", why(link));
  }

  @Test
  void aDeviceIsWrittenItself() throws Exception {
    AtomicFile.write(Path.of("/dev/null"), out -> out.append("nothing"));
    assertFalse(Files.isRegularFile(Path.of("/dev/null")));
  }

  @Test
  void whatCannotBeWrittenIsKeptElsewhere() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has /dev/full");
    try (AtomicFile full = AtomicFile.open(Path.of("/dev/full"))) {
      assertKept("no space left on device", full);
    }
    Path gone = Files.createDirectory(directory.resolve("gone"));
    try (AtomicFile file = AtomicFile.open(gone.resolve("a.txt"))) {
      Files.delete(gone);
      assertKept("its directory is gone", file);
    }
    assertFalse(Files.exists(gone));
  }

  private static void assertKept(String why, AtomicFile file) throws IOException {
    OutputException thrown =
        assertThrows(OutputException.class, () -> file.write(out -> out.append("measured")));
    String before = why + "; the text is in ";
    assertTrue(thrown.getMessage().contains(before), thrown.getMessage());
    int from = thrown.getMessage().indexOf(before) + before.length();
    Path kept = Path.of(thrown.getMessage().substring(from, thrown.getMessage().length() - 1));
    assertEquals("measured", Files.readString(kept));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)));
    Files.delete(kept);
  }

  /**
   * The text is written to the opened directory, even after that was moved: the rename uses its
   * descriptor.
   */
  @Test
  void aDirectoryThatWasExchangedMeanwhileGetsNothing() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    Path other = Files.createDirectory(directory.resolve("other"));
    try (AtomicFile file = AtomicFile.open(open.resolve("a.txt"))) {
      Files.move(open, directory.resolve("moved"));
      Files.createSymbolicLink(open, other);
      file.write(out -> out.append("text"));
    }
    assertEquals("text", Files.readString(directory.resolve("moved/a.txt")));
    assertNull(other.toFile().list().length == 0 ? null : "something is there");
  }

  @Test
  void oneOutputThatFailsKeepsNoOtherFromBeingWritten() throws Exception {
    Path good = directory.resolve("good.txt");
    Path gone = Files.createDirectory(directory.resolve("gone"));
    try (Outputs outputs = new Outputs()) {
      AtomicFile first = outputs.open(gone.resolve("first"));
      AtomicFile second = outputs.open(good);
      assertNull(outputs.open(null));
      Files.delete(gone);
      assertFalse(outputs.write(first, out -> out.append("1")));
      assertTrue(outputs.write(second, out -> out.append("2")));
      String message = assertThrows(OutputException.class, outputs::finish).getMessage();
      assertTrue(message.startsWith(gone + "/first could not be written: "), message);
      Files.delete(Path.of(message.replaceAll(".* is in (.*)\\.", "$1")));
    }
    assertEquals("2", Files.readString(good));
  }

  @Test
  void noLinkThatAnotherUserPlantedIsFollowed() throws Exception {
    Path victim = Files.writeString(directory.resolve("victim"), "old");
    Path shared = shared();
    Path link = Files.createSymbolicLink(shared.resolve("report.html"), victim);
    Path way = Files.createSymbolicLink(shared.resolve("way"), directory);
    AtomicFile.write(link, out -> out.append("own links are followed"));
    assertEquals("own links are followed", Files.readString(victim));
    giveAway(link);
    giveAway(way);
    assertTrue(refusal(link).contains(link + " is another user's link to " + victim));
    assertTrue(refusal(way.resolve("new")).contains(way + " is another user's link"));
    assertEquals("own links are followed", Files.readString(victim));
    assertFalse(Files.exists(directory.resolve("new")));
  }

  @Test
  void rootFollowsNoLinkThatAUserMadeInADirectoryOfHis() throws Exception {
    Path victim = Files.writeString(directory.resolve("victim"), "old");
    Path home = Files.createDirectory(directory.resolve("home"));
    Path link = Files.createSymbolicLink(home.resolve("report.html"), victim);
    giveAway(link);
    giveAway(home);
    assertTrue(refusal(link).contains("another user's link"));
    AtomicFile.write(home.resolve("new"), out -> out.append("written"));
    assertEquals("written", Files.readString(home.resolve("new")));
  }

  /**
   * Links of the kernel in /proc do not bypass the check: /proc/PID/root/tmp is a shared directory.
   */
  @Test
  void noLinkBehindALinkOfTheKernelIsFollowedUnseen() throws Exception {
    Path victim = Files.writeString(directory.resolve("victim"), "old");
    Path link = Files.createSymbolicLink(shared().resolve("report.html"), victim);
    Path way = Path.of("/proc/self/root").resolve(link.toString().substring(1));
    AtomicFile.write(way, out -> out.append("new"));
    assertEquals("new", Files.readString(victim));
    giveAway(link);
    assertTrue(refusal(way).contains("is another user's link to " + victim), refusal(way));
    assertEquals("new", Files.readString(victim));
  }

  /** The owner of a pipe may replace it by a link after it was checked and before it is opened. */
  @Test
  void whatIsWrittenInPlaceIsNoLink() throws Exception {
    Path victim = Files.writeString(directory.resolve("victim"), "old");
    Path link = Files.createSymbolicLink(directory.resolve("link"), victim);
    try (Folder folder = Folder.open(directory.toRealPath())) {
      assertThrows(IOException.class, () -> folder.overwrite(link.getFileName()));
      folder.overwrite(victim.getFileName()).close();
    }
    assertEquals("old", Files.readString(victim));
  }

  @Test
  void aNameOfFullLengthIsWrittenBesideToo() throws Exception {
    Path file = Files.writeString(directory.resolve("n".repeat(255)), "old");
    Object before = Files.getAttribute(file, "unix:ino");
    AtomicFile.write(file, out -> out.append("new"));
    assertEquals("new", Files.readString(file));
    assertFalse(before.equals(Files.getAttribute(file, "unix:ino")), "it was overwritten");
  }

  @Test
  void noFileOfAnotherUserIsWrittenInASharedDirectory() throws Exception {
    Path shared = shared();
    Path file = Files.writeString(shared.resolve("report.html"), "another's");
    giveAway(file);
    assertTrue(refusal(file).contains("is another user's file"));
    assertEquals("another's", Files.readString(file));
  }

  /** Opening a pipe waits for a reader, and another user's may never have one. */
  @Test
  void onlyAPipeOfOnesOwnIsWritten() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();
    AtomicFile.write(pipe, out -> out.append("text"));
    assertEquals("text", new String(reader.getInputStream().readAllBytes(), UTF_8));
    giveAway(directory);
    giveAway(pipe);
    String refused = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> refusal(pipe));
    assertTrue(refused.contains("is another user's pipe"), refused);
  }

  /** The owner of a directory could otherwise have any file of this user overwritten. */
  @Test
  void anOrdinaryUserFollowsOwnLinksAndThoseOfRoot() throws Exception {
    assumeTrue(OwnPlace.thisUser() == 0, "only root can become another user");
    Files.setAttribute(directory, "unix:mode", 0755);
    Somebody somebody = new Somebody(directory);
    Path home = Files.createDirectory(directory.resolve("home"));
    giveTo(SOMEBODY, home);
    Path shared = shared();
    for (int owner : new int[] {SOMEBODY, 0, SOMEBODY + 1}) {
      Path link = shared.resolve("of-" + owner);
      Files.createSymbolicLink(link, home.resolve("file-" + owner));
      giveTo(owner, link);
    }
    assertEquals("", written(somebody, shared.resolve("of-" + SOMEBODY)));
    assertEquals("", written(somebody, shared.resolve("of-0")));
    String refused = written(somebody, shared.resolve("of-" + (SOMEBODY + 1)));
    assertTrue(refused.contains("is another user's link"), refused);
    giveTo(SOMEBODY + 1, shared);
    refused = written(somebody, shared.resolve("of-" + (SOMEBODY + 1)));
    assertTrue(refused.contains("is another user's link"), refused);
    Files.setAttribute(shared, "unix:mode", 0755);
    refused = written(somebody, shared.resolve("of-" + (SOMEBODY + 1)));
    assertTrue(refused.contains("is another user's link"), refused);
    assertEquals(List.of("file-0", "file-" + SOMEBODY), names(home));
    String denied = written(somebody, directory.resolve("new"));
    assertEquals(directory.resolve("new") + " cannot be written: permission denied.", denied);
  }

  private static String written(Somebody somebody, Path file) throws Exception {
    return somebody.run(List.of(), WriteMain.class, file);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  /**
   * Makes another user the owner of a file. Skips the test unless it runs as root, because only
   * root may change owners.
   */
  private void giveAway(Path file) throws IOException {
    assumeTrue(OwnPlace.thisUser() == 0, "only root can make another user's files");
    giveTo(SOMEBODY, file);
  }

  private static void giveTo(int user, Path file) throws IOException {
    Files.setAttribute(file, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
  }

  private Path shared() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    return shared;
  }

  private static String refusal(Path file) {
    return assertThrows(OutputException.class, () -> AtomicFile.write(file, out -> out.append("x")))
        .getMessage();
  }

  private static String why(Path file) {
    return refusal(file).substring((file + " cannot be written: ").length());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }
}
