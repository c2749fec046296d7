package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnersTest {
  @TempDir Path directory;
  private final Owners ours = Owners.ofThisProcess();

  @BeforeEach
  void resolve() throws Exception {
    directory = directory.toRealPath();
  }

  @Test
  void everyDirectoryOnTheWayIsJudged() throws Exception {
    Path inner = Files.createDirectories(directory.resolve("a/b"));
    assertEquals("", ours.exchangeable(inner));
    mode(directory.resolve("a"), 0777);
    assertEquals(
        "lies below " + directory.resolve("a") + ", which other users can write",
        ours.exchangeable(inner.resolve("missing/one")));
    mode(directory.resolve("a"), 01777);
    assertEquals("", ours.exchangeable(inner));
    assertTrue(ours.obtainable(inner).endsWith("which other users can write"));
    assertTrue(ours.writable(directory.resolve("a")).startsWith("other users can write"));
    assertEquals("", ours.writable(inner));
    giveAway(inner);
    assertTrue(ours.exchangeable(inner).contains("belongs to the user with the id " + Somebody.ID));
    assertEquals("", Owners.of(Somebody.ID).exchangeable(inner));
  }

  /** The way through a directory of others is not seen in the name, nor in the real path. */
  @Test
  void everyLinkOnTheWayIsJudged() throws Exception {
    Path end = Files.createDirectory(directory.resolve("end"));
    Path open = Files.createDirectory(directory.resolve("open"));
    Path second = Files.createSymbolicLink(open.resolve("second"), Path.of("../end"));
    Path first = Files.createSymbolicLink(directory.resolve("first"), second);
    assertEquals("", ours.exchangeable(first));
    mode(open, 0777);
    assertTrue(ours.exchangeable(first).contains(open + ", which other users can write"));
    mode(open, 01777);
    assertEquals("", ours.exchangeable(first));
    Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
    assertTrue(ours.exchangeable(circle).contains("form a loop"));
    giveAway(second);
    assertTrue(ours.exchangeable(first).contains(second + ", which belongs to"));
    assertEquals("", ours.exchangeable(end));
  }

  @Test
  void onlyAnOrdinaryUsersOwnGroupCountsAsTheUser() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    mode(file, 0664);
    int group = (int) Files.getAttribute(file, "unix:gid");
    assertFalse(ours.writable(file).isEmpty());
    assertFalse(new Owners(ours.user(), group + 1L).writable(file).isEmpty());
    assertEquals("", new Owners(ours.user(), group).writable(file));
    if (ours.user() == 0) {
      assertEquals(ours, Owners.withOwnGroup());
    }
  }

  /** The permission bits show a list only as the most that it grants to anybody. */
  @Test
  void anAccessListEndsTheTrustInTheOwnGroup() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    mode(file, 0664);
    Owners withGroup = new Owners(ours.user(), (int) Files.getAttribute(file, "unix:gid"));
    assertEquals("", withGroup.writable(file));
    String set =
        """
        import os, struct, sys
        user, none = int(sys.argv[2]), 2**32 - 1
        entries = [(1, 6, none), (2, 6, user), (4, 6, none), (16, 6, none), (32, 4, none)]
        acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in entries)
        os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
        """;
    List<String> command = List.of("python3", "-c", set, file.toString(), "" + Somebody.ID);
    Process python;
    try {
      python = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      abort("python3, which sets an access list, is not installed");
      throw e;
    }
    assumeTrue(python.waitFor() == 0, "this file system has no access control lists");
    assertTrue(withGroup.writable(file).startsWith("other users can write"));
    assertTrue(withGroup.exchangeable(file).contains("which other users can write"));
  }

  @Test
  void aGroupWithOtherMembersIsNotAUsersOwn() {
    List<String> users = List.of("root:x:0:0::/root:/bin/sh", "alice:x:2001:2001::/:/bin/sh");
    assertTrue(new Members(List.of("alice:x:2001:"), users).areOnly(2001));
    assertTrue(new Members(List.of("alice:x:2001:alice"), users).areOnly(2001));
    assertTrue(new Members(List.of(), List.of()).areOnly(2001), "a user of a directory service");
    assertFalse(new Members(List.of("alice:x:2001:alice,bob"), users).areOnly(2001));
    List<String> more = List.of(users.getLast(), "bob:x:2002:2001::/:/bin/sh");
    assertFalse(new Members(List.of("alice:x:2001:"), more).areOnly(2001));
  }

  /** There, the files of all users whom the namespace does not know seem to have one owner. */
  @Test
  void inAUserNamespaceTheOwnerOfUnknownUsersFilesIsNotTrusted() throws Exception {
    assumeTrue(ours.user() == 0, "only root can make files of two other users");
    assumeTrue(
        new ProcessBuilder("unshare", "--user", "--map-root-user", "true").start().waitFor() == 0,
        "no user namespace can be made here");
    mode(directory, 0755);
    Somebody somebody = new Somebody(directory);
    Path own = Files.createDirectory(directory.resolve("own"));
    Files.setAttribute(own, "unix:uid", Somebody.ID);
    Path others = Files.createDirectory(directory.resolve("others"));
    Files.setAttribute(others, "unix:uid", Somebody.ID + 1);
    assertEquals("", somebody.run(List.of(), JudgeMain.class, own));
    List<String> namespace = List.of("unshare", "--user", "--map-root-user");
    for (Path path : List.of(own, others)) {
      String why = somebody.run(namespace, JudgeMain.class, path);
      assertTrue(why.contains("a user whom this user namespace does not know"), why);
    }
    assertEquals("", somebody.run(namespace, JudgeMain.class, Path.of("/")));
  }

  private static void mode(Path path, int mode) throws Exception {
    Files.setAttribute(path, "unix:mode", mode);
  }

  private void giveAway(Path path) throws Exception {
    assumeTrue(ours.user() == 0, "only root can make another user's files");
    Files.setAttribute(path, "unix:uid", Somebody.ID, LinkOption.NOFOLLOW_LINKS);
  }
}
