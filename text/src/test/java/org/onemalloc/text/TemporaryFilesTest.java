package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFilesTest {
  private static final String PROPERTY = "java.io.tmpdir";

  private final FileTime old = FileTime.from(Instant.now().minus(Duration.ofDays(2)));

  @TempDir Path directory;
  private String before;

  @BeforeEach
  void remember() throws Exception {
    directory = directory.toRealPath();
    before = System.getProperty(PROPERTY);
  }

  @AfterEach
  void restore() {
    System.setProperty(PROPERTY, before);
  }

  private static Path chosen(Path named) throws Exception {
    System.setProperty(PROPERTY, named.toString());
    Path file = TemporaryFiles.newFile("onemalloc-", ".txt");
    Files.delete(file);
    return file.getParent();
  }

  @Test
  void lieWhereItIsAskedForIfNobodyElseCanWriteThere() throws Exception {
    assertEquals(directory, chosen(directory));
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    assertEquals(shared, chosen(shared));
    Path made = TemporaryFiles.newDirectory("onemalloc-");
    assertEquals(0700, (int) Files.getAttribute(made, "unix:mode") & 07777);
  }

  @Test
  void neverLieWhereAnotherUserCouldExchangeThem() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setAttribute(open, "unix:mode", 0777);
    assertNotEquals(open, chosen(open));
    Path below = Files.createDirectory(open.resolve("below"));
    assertNotEquals(below, chosen(below));
    assertTrue(TemporaryFiles.exchangeable(below).contains("which other users can write"));
  }

  /** {@code sudo -E} passes on TMPDIR of the calling user. */
  @Test
  void neverLieInAnotherUsersDirectory() throws Exception {
    assumeTrue(OwnPlace.thisUser() == 0, "only root can make another user's directory");
    Path home = Files.createDirectory(directory.resolve("home"));
    Path tmp = Files.createDirectory(home.resolve("tmp"));
    Files.setAttribute(home, "unix:uid", 12_345);
    assertNotEquals(tmp, chosen(tmp));
    Path link = Files.createSymbolicLink(directory.resolve("link"), tmp);
    assertNotEquals(link, chosen(link));
  }

  @Test
  void whatAKilledProcessLeftIsRemovedADayLater() throws Exception {
    long ended = new ProcessBuilder("true").start().onExit().get().pid();
    Path left = made("onemalloc-link-p" + ended + "-1");
    Path deep = Files.createDirectories(left.resolve("a/b"));
    Files.writeString(deep.resolve("file"), "left");
    Path file = Files.createFile(directory.resolve("onemalloc-start-p" + ended + "-4.txt"));
    mode(file, 0600);
    Path victim = Files.createDirectory(directory.resolve("victim"));
    Files.createSymbolicLink(left.resolve("link"), victim);
    Files.writeString(victim.resolve("file"), "kept");
    Path fresh = made("onemalloc-link-p" + ended + "-2");
    long here = ProcessHandle.current().pid();
    Path used = made("onemalloc-link-p" + here + "-3");
    Path kept = Files.createFile(directory.resolve("onemalloc-0123456789abcdef-page.html"));
    for (Path path : List.of(left, file, used, kept)) {
      Files.setLastModifiedTime(path, old);
    }
    assertEquals(directory, chosen(directory));
    assertFalse(Files.exists(left));
    assertFalse(Files.exists(file));
    for (Path path : List.of(fresh, used, kept, victim.resolve("file"))) {
      assertTrue(Files.exists(path), path.toString());
    }
  }

  /** Another user can rename a directory of this user, and exchange what is in it meanwhile. */
  @Test
  void onlyWhatNobodyElseCouldEnterIsRemoved() throws Exception {
    long ended = new ProcessBuilder("true").start().onExit().get().pid();
    for (int mode : List.of(0770, 0777, 01777, 0755, 0710)) {
      Path planted = made("onemalloc-link-p%d-%o".formatted(ended, mode));
      Path inside = Files.createDirectory(planted.resolve("inside"));
      mode(planted, mode);
      Files.setLastModifiedTime(planted, old);
      assertEquals(directory, chosen(directory));
      assertTrue(Files.exists(inside), inside.toString());
    }
    Path file = Files.createFile(directory.resolve("onemalloc-p" + ended + "-1.txt"));
    mode(file, 0660);
    Files.setLastModifiedTime(file, old);
    assertEquals(directory, chosen(directory));
    assertTrue(Files.exists(file));
  }

  private Path made(String name) throws Exception {
    Path made = Files.createDirectory(directory.resolve(name));
    mode(made, 0700);
    return made;
  }

  private static void mode(Path path, int mode) throws Exception {
    Files.setAttribute(path, "unix:mode", mode);
  }
}
