package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFilesTest {
  private static final String PROPERTY = "java.io.tmpdir";

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
    assumeTrue(Place.USER == 0, "only root can make another user's directory");
    Path home = Files.createDirectory(directory.resolve("home"));
    Path tmp = Files.createDirectory(home.resolve("tmp"));
    Files.setAttribute(home, "unix:uid", 12_345);
    assertNotEquals(tmp, chosen(tmp));
    Path link = Files.createSymbolicLink(directory.resolve("link"), tmp);
    assertNotEquals(link, chosen(link));
  }
}
