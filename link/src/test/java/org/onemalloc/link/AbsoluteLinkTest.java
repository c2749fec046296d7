package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Tests of programs that name their allocator by its absolute path: with file capabilities, or on
 * request. They are in a directory that only root can change, and that everybody can read.
 */
@Tag("slow")
class AbsoluteLinkTest {
  private Path directory;
  private Path program;

  @BeforeEach
  void build() throws Exception {
    Path home = Path.of("/var/lib");
    Assumptions.assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "why: only root can do this");
    directory = Files.createTempDirectory(home, "onemalloc-test");
    program = Tools.compile(Files.createDirectory(directory.resolve("bin")), "who", "who.c");
    for (Path path = program; !path.equals(home); path = path.getParent()) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @AfterEach
  void remove() throws Exception {
    if (directory != null) {
      Tools.succeed("rm", "-r", directory.toString());
    }
  }

  private static LinkReport link(Path target) {
    return Link.link(target, Tools.choice("mimalloc"), "test", false);
  }

  private static LinkReport linkByPath(Path target) {
    LinkOptions options = new LinkOptions(false, List.of(), Set.of(), true);
    return Link.link(target, Tools.choice("mimalloc"), "test", options);
  }

  @Test
  void givesAProgramWithCapabilitiesTheAbsolutePathAndKeepsThem() throws Exception {
    Tools.assumeInstalled("setcap", "getcap", "setpriv");
    Tools.succeed("setcap", "cap_net_bind_service=+ep", program.toString());
    link(program);
    String capabilities = Tools.succeed("getcap", program.toString());
    assertTrue(capabilities.contains("cap_net_bind_service=ep"), capabilities);
    String library = directory + "/lib/onemalloc/libmimalloc.so";
    assertEquals(library, ElfFile.read(program).needed().getFirst());
    Tools.succeed("setcap", "cap_net_bind_service=+ep", program.toString());
    String output = Tools.succeed("setpriv", "--reuid=65534", "--clear-groups", program.toString());
    assertTrue(output.contains("malloc " + library), output);
  }

  @Test
  void doesNotProveAProgramThatGotCapabilitiesSinceAndKeepsThem() throws Exception {
    Tools.assumeInstalled("setcap", "getcap");
    link(program);
    Tools.succeed("setcap", "cap_net_bind_service=+ep", program.toString());
    LinkException failure = assertThrows(LinkException.class, () -> Link.verify(program));
    assertTrue(failure.getMessage().contains("does not expand $ORIGIN"), failure.getMessage());
    Link.undo(program, false);
    link(program);
    Link.verify(program);
    String capabilities = Tools.succeed("getcap", program.toString());
    assertTrue(capabilities.contains("cap_net_bind_service=ep"), capabilities);
  }

  /** The real and the effective user differ, so the kernel sets AT_SECURE. */
  @Test
  void startsWithOtherRightsByTheAbsolutePath() throws Exception {
    Tools.assumeInstalled("setpriv");
    List<String> start = List.of("setpriv", "--ruid=65534", "--clear-groups", program.toString());
    link(program);
    assertEquals(127, Tools.run(Map.of(), start).exitCode());
    String evidence = String.join("\n", Link.verify(program).evidence());
    assertTrue(evidence.contains("AT_SECURE"), evidence);
    Link.undo(program, false);
    byte[] original = Files.readAllBytes(program);
    linkByPath(program);
    String library = directory + "/lib/onemalloc/libmimalloc.so";
    Tools.Result result = Tools.run(Map.of(), start);
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(result.output().contains("malloc " + library), result.output());
    assertFalse(String.join("\n", Link.verify(program).evidence()).contains("AT_SECURE"));
    assertFalse(link(program).changed());
    Link.undo(program, false);
    assertArrayEquals(original, Files.readAllBytes(program));
  }

  @Test
  void namesNoPathThatAnotherUserCouldMake() throws Exception {
    Files.setAttribute(directory, "unix:mode", 01777);
    Path inner = Files.createDirectories(directory.resolve("inner/bin"));
    Path moved = Files.move(program, inner.resolve("who"));
    LinkException refusal = assertThrows(LinkException.class, () -> linkByPath(moved));
    assertTrue(refusal.getMessage().contains("only you and root"), refusal.getMessage());
  }

  @Test
  void saysThatItWasMovedAndIsLinkedAnew() throws Exception {
    byte[] original = Files.readAllBytes(program);
    linkByPath(program);
    Path moved = moveAll().resolve("bin/who");
    LinkException failure = assertThrows(LinkException.class, () -> Link.verify(moved));
    assertTrue(failure.getMessage().contains("and then moved"), failure.getMessage());
    assertTrue(linkByPath(moved).changed());
    Link.verify(moved);
    String output = Tools.succeed(moved.toString());
    assertTrue(output.contains("malloc " + moved.getParent().getParent()), output);
    Link.undo(moved, false);
    assertArrayEquals(original, Files.readAllBytes(moved));
  }

  @Test
  void isUndoneWhereItWasMovedTo() throws Exception {
    byte[] original = Files.readAllBytes(program);
    linkByPath(program);
    Path moved = moveAll().resolve("bin/who");
    Link.undo(moved, false);
    assertArrayEquals(original, Files.readAllBytes(moved));
    assertFalse(Files.exists(moved.resolveSibling("../lib/onemalloc")));
  }

  /** Moves the program with its home. */
  private Path moveAll() throws Exception {
    Path other = Files.createDirectory(directory.resolve("moved"));
    Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(directory.resolve("bin"), other.resolve("bin"));
    Files.move(directory.resolve("lib"), other.resolve("lib"));
    return other;
  }
}
