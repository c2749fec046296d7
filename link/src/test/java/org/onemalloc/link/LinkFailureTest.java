package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a link says and leaves where a file cannot be replaced, or where it is killed early. */
class LinkFailureTest {
  @TempDir Path directory;
  private Path program;
  private Map<String, String> before;

  @BeforeEach
  void compile() throws Exception {
    directory = directory.toRealPath();
    program = Tools.compile(Files.createDirectory(directory.resolve("bin")), "who", "who.c");
    before = Tools.contentOf(directory);
  }

  @Test
  void aMountPointIsNotToBeMadeWritable() throws Exception {
    assumeDone("mount", "--bind", program.toString(), program.toString());
    try {
      refused("something is mounted there");
    } finally {
      Tools.succeed("umount", program.toString());
    }
  }

  @Test
  void anAttributeThatForbidsItIsNamed() throws Exception {
    assumeDone("chattr", "+i", program.toString());
    try {
      refused("chattr -i");
    } finally {
      Tools.succeed("chattr", "-i", program.toString());
    }
  }

  private void refused(String advice) throws Exception {
    LinkException refusal =
        assertThrows(
            LinkException.class, () -> Link.link(program, Tools.choice("mimalloc"), "test", false));
    assertTrue(refusal.getMessage().contains(advice), refusal.getMessage());
    assertFalse(refusal.getMessage().contains("make "), refusal.getMessage());
    assertEquals(before, Tools.contentOf(directory));
  }

  @Test
  void aNameThatLeavesNoRoomIsRefusedBeforeAnythingIsMade() throws Exception {
    program = Files.move(program, program.resolveSibling("p".repeat(230)));
    before = Tools.contentOf(directory);
    refused("its name is 8 bytes too long");
  }

  /** As kill -9 leaves it while the first record is written, and before. */
  @Test
  void aLinkThatWasKilledBeforeItHadARecordIsUndone() throws Exception {
    Files.createDirectory(directory.resolve("lib"));
    before = Tools.contentOf(directory);
    Path home = Files.createDirectory(directory.resolve("lib/onemalloc"));
    Link.undo(program, false);
    assertEquals(before, Tools.contentOf(directory));
    Files.createDirectory(home);
    Files.writeString(SafeFiles.beside(Target.of(program).pending()), "tool=");
    Link.undo(program, false);
    assertEquals(before, Tools.contentOf(directory));
    assertThrows(LinkException.class, () -> Link.undo(program, false));
  }

  private static void assumeDone(String... command) throws Exception {
    boolean done = Tools.run(Map.of(), List.of(command)).exitCode() == 0;
    Assumptions.assumeTrue(done, "why: " + command[0] + " cannot be used here");
  }
}
