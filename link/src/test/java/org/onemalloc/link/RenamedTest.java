package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a linked program that was moved aside for a new build, as a deployment does. */
@Tag("slow")
class RenamedTest {
  @TempDir Path directory;
  private Path program;
  private Path old;
  private byte[] oldBuild;
  private byte[] newBuild;

  @BeforeEach
  void deploy() throws Exception {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    program = Tools.compile(bin, "who", "who.c");
    oldBuild = Files.readAllBytes(program);
    link("mimalloc");
    old = Files.move(program, bin.resolve("who.old"));
    Tools.compile(bin, "who", "who.c", "-g");
    newBuild = Files.readAllBytes(program);
  }

  private LinkReport link(String allocator) {
    return Link.link(program, Tools.choice(allocator), "test", false);
  }

  private void bothCanBeUndone(Path first, Path second) throws Exception {
    for (Path file : List.of(program, old)) {
      assertTrue(
          Link.verify(file).evidence().getFirst().contains("recorded SHA-256"), file.toString());
      assertTrue(Tools.succeed(file.toString()).contains("libmimalloc.so"), file.toString());
    }
    Link.undo(first, false);
    assertTrue(Tools.succeed(second.toString()).contains("libmimalloc.so"));
    Link.undo(second, false);
    assertArrayEquals(newBuild, Files.readAllBytes(program));
    assertArrayEquals(oldBuild, Files.readAllBytes(old));
    assertFalse(Files.exists(directory.resolve("lib")));
  }

  /** As with versioned names: who leads to who.old. */
  @Test
  void theOldNameMayLeadToTheNewOne() throws Exception {
    for (String name : List.of("who", "who.old")) {
      Files.delete(program);
      Files.createSymbolicLink(program, old.getFileName());
      assertTrue(Link.undo(program.resolveSibling(name), false).changed());
      assertArrayEquals(oldBuild, Files.readAllBytes(old));
      assertTrue(Files.isSymbolicLink(program));
      assertFalse(Files.exists(directory.resolve("lib")));
      Files.delete(program);
      Files.move(old, program);
      link("mimalloc");
      Files.move(program, old);
      Files.createFile(program);
    }
  }

  @Test
  void theOldProgramKeepsItsLinkAndItsOriginal() throws Exception {
    List<String> steps = link("mimalloc").steps();
    assertTrue(steps.getFirst().startsWith(old + ": has the original"), steps.toString());
    bothCanBeUndone(program, old);
  }

  @Test
  void theOtherWayRound() throws Exception {
    link("mimalloc");
    bothCanBeUndone(old, program);
  }

  @Test
  void aDryRunChangesNothing() throws Exception {
    Map<String, String> before = Tools.contentOf(directory);
    LinkOptions options = new LinkOptions(true, List.of(), Set.of(), false);
    Link.link(program, Tools.choice("mimalloc"), "test", options);
    assertEquals(before, Tools.contentOf(directory));
  }

  /** After an end between the steps, the next link takes them again. */
  @Test
  void aSecondNameThatIsThereAlreadyIsTaken() throws Exception {
    Path originals = directory.resolve("lib/onemalloc/originals");
    Files.createLink(originals.resolve("who.old"), originals.resolve("who"));
    link("mimalloc");
    bothCanBeUndone(old, program);
  }
}
