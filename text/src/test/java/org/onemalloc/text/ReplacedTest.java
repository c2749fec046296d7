package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever could read and write a file can do so after it was written, and nobody else. */
class ReplacedTest {
  private static final String ACCESS_LIST = "system.posix_acl_access";
  private static final String DEFAULT_LIST = "system.posix_acl_default";

  /** The rights of the user 1234, of the owning group (none), and the mask. */
  private static final int[][] FOR_A_USER = {{1, 6, -1}, {2, 6, 1234}, {4, 0, -1}, {16, 6, -1}};

  @TempDir Path directory;

  @Test
  void theOwnerAndTheGroupStay() throws Exception {
    assumeRoot();
    Path file = file("a.txt", Somebody.ID, 5000, 0640);
    Object before = number(file);
    AtomicFile.write(file, out -> out.append("new"));
    assertEquals(List.of(Somebody.ID, 5000, 0100640), rights(file));
    assertNotEquals(before, number(file), "it was not replaced");
    assertEquals("new", Files.readString(file));
  }

  @Test
  void theAccessListAndOtherAttributesStay() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    set(file, "user.note", new byte[] {1, 2, 3});
    set(file, ACCESS_LIST, list(FOR_A_USER));
    List<Object> before = rights(file);
    AtomicFile.write(file, out -> out.append("new"));
    assertEquals(before, rights(file));
    assertArrayEquals(list(FOR_A_USER), Attributes.value(file, ACCESS_LIST).orElseThrow());
    assertArrayEquals(new byte[] {1, 2, 3}, Attributes.value(file, "user.note").orElseThrow());
  }

  /** A new file gets the list that its directory has for new files. */
  @Test
  void theDirectorysListLetsNobodyIn() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    Files.setAttribute(file, "unix:mode", 0660);
    set(directory, DEFAULT_LIST, list(FOR_A_USER));
    AtomicFile.write(file, out -> out.append("new"));
    assertEquals(Optional.empty(), Attributes.value(file, ACCESS_LIST));
    assertEquals(0100660, rights(file).getLast());
  }

  /** The other user could exchange the new file before it is given to somebody. */
  @Test
  void anotherUsersFileIsWrittenInPlaceInADirectoryOfHis() throws Exception {
    assumeRoot();
    Path file = file("a.txt", Somebody.ID, Somebody.ID, 0600);
    Files.setAttribute(directory, "unix:uid", Somebody.ID);
    Object before = number(file);
    AtomicFile.write(file, out -> out.append("new"));
    assertEquals(List.of(Somebody.ID, Somebody.ID, 0100600), rights(file));
    assertEquals(before, number(file));
    assertEquals("new", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void aFileOfOnesOwnIsReplacedInADirectoryOfAnother() throws Exception {
    assumeRoot();
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    Files.setAttribute(directory, "unix:uid", Somebody.ID);
    Object before = number(file);
    AtomicFile.write(file, out -> out.append("new"));
    assertNotEquals(before, number(file));
  }

  @Test
  void aFileThatOneMayNotGiveAwayIsWrittenInPlace() throws Exception {
    assumeRoot();
    Files.setAttribute(directory, "unix:mode", 0755);
    Somebody somebody = new Somebody(directory);
    Path home = Files.createDirectory(directory.resolve("home"));
    Path file = Files.writeString(home.resolve("a.txt"), "a longer text than the new one");
    Files.setAttribute(file, "unix:mode", 0666);
    Files.setAttribute(home, "unix:uid", Somebody.ID);
    List<Object> before = rights(file);
    assertEquals("", somebody.run(List.of(), WriteMain.class, file));
    assertEquals(before, rights(file));
    assertEquals("written", Files.readString(file));
  }

  /** What cannot be renamed over is written. The kernel's link hides that it is a mount point. */
  @Test
  void aMountPointIsWrittenInPlace() throws Exception {
    assumeRoot();
    Path under = Files.writeString(directory.resolve("under"), "old");
    for (Path named : List.of(directory, Path.of("/proc/self/root" + directory))) {
      Path point = Files.writeString(directory.resolve("point"), "below");
      String said =
          run(
              List.of("unshare", "-m", "sh", "-c", "mount --bind \"$0\" \"$1\" && shift && \"$@\""),
              under,
              point,
              named.resolve("point"));
      assertEquals("", said);
      assertEquals("written", Files.readString(under), named.toString());
      assertEquals("below", Files.readString(point));
      Files.writeString(under, "old");
    }
  }

  /** The kernel takes a number and a line end there, and shows the number. */
  @Test
  void aFileThatKeepsNoTextIsNotSaidToBeWritten() throws Exception {
    assumeRoot();
    Path file = Path.of("/proc/self/coredump_filter");
    String number = Files.readString(file).strip();
    try (AtomicFile open = AtomicFile.open(file)) {
      OutputException thrown =
          assertThrows(
              OutputException.class, () -> open.write(out -> out.append("0x" + number + "\n")));
      String before = "it does not keep what is written; the text is in ";
      assertTrue(thrown.getMessage().contains(before), thrown.getMessage());
      Files.delete(Path.of(thrown.getMessage().replaceAll(".* is in (.*)\\.", "$1")));
    }
  }

  @Test
  void aFileThatOnlyGrowsIsRefusedBeforeTheWork() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    assumeTrue(succeeds("chattr", "+a", file.toString()), "why: chattr cannot be used here");
    try {
      OutputException refused = assertThrows(OutputException.class, () -> AtomicFile.open(file));
      assertEquals(file + " cannot be written: operation not permitted.", refused.getMessage());
      assertEquals(List.of(file), files());
    } finally {
      succeeds("chattr", "-a", file.toString());
    }
  }

  /** Writes a file in a process of its own, which a command starts with these words. */
  private static String run(List<String> command, Path first, Path second, Path file)
      throws Exception {
    List<String> words =
        Stream.of(
                command.stream(),
                Stream.of(
                    first.toString(),
                    second.toString(),
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "--enable-native-access=ALL-UNNAMED",
                    WriteMain.class.getName(),
                    file.toString()))
            .flatMap(s -> s)
            .toList();
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assumeTrue(!said.startsWith("unshare: "), "why: no mount namespace can be made here");
    return said;
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static void assumeRoot() {
    assumeTrue(OwnPlace.thisUser() == 0, "only root can make another user's files");
  }

  private Path file(String name, int user, int group, int mode) throws IOException {
    Path file = Files.writeString(directory.resolve(name), "old");
    Files.setAttribute(file, "unix:uid", user);
    Files.setAttribute(file, "unix:gid", group);
    Files.setAttribute(file, "unix:mode", mode);
    return file;
  }

  private static List<Object> rights(Path file) throws IOException {
    Map<String, Object> found = Files.readAttributes(file, "unix:uid,gid,mode");
    return List.of(found.get("uid"), found.get("gid"), found.get("mode"));
  }

  private static Object number(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static void set(Path file, String attribute, byte[] value) {
    try {
      Attributes.set(file, attribute, value);
    } catch (IOException e) {
      abort("why: this file system takes no " + attribute);
    }
  }

  /** Returns a list in the kernel's format (linux/posix_acl_xattr.h): tag, permissions, id. */
  private static byte[] list(int[]... entries) {
    ByteBuffer list = ByteBuffer.allocate(4 + (entries.length + 1) * 8);
    list.order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    for (int[] entry : entries) {
      list.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
    }
    return list.putShort((short) 32).putShort((short) 0).putInt(-1).array(); // all others: nothing
  }
}
