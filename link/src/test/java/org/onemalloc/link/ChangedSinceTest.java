package org.onemalloc.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.NeededLibraries;

/** Tests undoing the link of a program that was changed, replaced or damaged since. */
@Tag("slow")
class ChangedSinceTest {
  @TempDir Path directory;
  private Path bin;
  private Path program;

  @BeforeEach
  void build() throws Exception {
    directory = directory.toRealPath();
    bin = Files.createDirectory(directory.resolve("bin"));
    program = Tools.compile(bin, "who", "who.c");
  }

  private static LinkReport link(Path target) {
    return Link.link(target, Tools.choice("mimalloc"), "test", false);
  }

  @Test
  void undoesNothingWithoutTheOriginal() throws Exception {
    link(program);
    Files.delete(directory.resolve("lib/onemalloc/originals/who"));
    cannotBeUndone("is missing");
  }

  @Test
  void undoesNothingWithAChangedOriginal() throws Exception {
    link(program);
    Files.write(directory.resolve("lib/onemalloc/originals/who"), new byte[1], APPEND);
    cannotBeUndone("has changed");
  }

  @Test
  void undoesNothingWhereTheProgramWasChanged() throws Exception {
    link(program);
    Files.write(program, "a payload".getBytes(UTF_8), APPEND);
    cannotBeUndone("changed after it was linked");
    List<String> evidence = Link.verify(program).evidence();
    assertTrue(evidence.get(1).startsWith(program + " was changed after"), evidence.toString());
  }

  /** The original may be the only good copy. */
  @Test
  void undoesNothingWhereTheProgramWasDamaged() throws Exception {
    byte[] sound = Files.readAllBytes(program);
    link(program);
    byte[] linked = Files.readAllBytes(program);
    byte[] noise = linked.clone();
    new Random(1).nextBytes(noise);
    System.arraycopy(linked, 4096, noise, 4096, linked.length - 4096);
    for (byte[] damaged : List.of(new byte[0], Arrays.copyOf(linked, linked.length / 2), noise)) {
      Files.write(program, damaged);
      Map<String, String> before = Tools.contentOf(directory);
      LinkException refusal = assertThrows(LinkException.class, () -> Link.undo(program, false));
      assertTrue(refusal.getMessage().contains("damaged after it was linked"));
      assertEquals(before, Tools.contentOf(directory));
    }
    Files.copy(directory.resolve("lib/onemalloc/originals/who"), program, REPLACE_EXISTING);
    Link.undo(program, false);
    assertArrayEquals(sound, Files.readAllBytes(program));
    assertFalse(Files.exists(directory.resolve("lib/onemalloc")));
  }

  /** patchelf --remove-needed makes a program that starts, and that nobody asked onemalloc for. */
  @Test
  void undoesNothingWhereTheLinkWasEditedAway() throws Exception {
    Tools.assumeInstalled("patchelf");
    for (String identity : List.of("-Wl,--build-id", "-Wl,--build-id=none")) {
      Path other = Tools.compile(bin, "edited" + identity.length(), "who.c", identity);
      byte[] sound = Files.readAllBytes(other);
      link(other);
      String needed = ElfFile.read(other).needed().getFirst();
      Tools.succeed("patchelf", "--remove-needed", needed, other.toString());
      Map<String, String> before = Tools.contentOf(directory);
      LinkException refusal = assertThrows(LinkException.class, () -> Link.undo(other, false));
      assertTrue(refusal.getMessage().contains("changed after it was linked"));
      assertEquals(before, Tools.contentOf(directory));
      Path original = directory.resolve("lib/onemalloc/originals").resolve(other.getFileName());
      assertArrayEquals(sound, Files.readAllBytes(original));
      byte[] edited = Files.readAllBytes(other);
      Files.delete(original);
      Link.undo(other, false);
      assertArrayEquals(edited, Files.readAllBytes(other));
    }
  }

  @Test
  void undoesNothingWhereAnotherLibraryIsFirstByNow() throws Exception {
    link(program);
    ElfFile edited = NeededLibraries.first(ElfFile.read(program), "libm.so.6").file();
    Files.write(program, edited.bytes());
    cannotBeUndone("changed after it was linked");
    LinkException refusal = assertThrows(LinkException.class, () -> Link.verify(program));
    assertTrue(refusal.getMessage().contains("does not load the allocator first"));
  }

  @Test
  void undoesNothingWithAChangedOriginalAndNoRecord() throws Exception {
    link(program);
    Files.write(directory.resolve("lib/onemalloc/originals/who"), new byte[1], APPEND);
    Files.delete(directory.resolve("lib/onemalloc/who.choice.properties"));
    cannotBeUndone("has changed");
  }

  @Test
  void undoesWithoutARecordWhatCanBeCheckedByLinkingAgain() throws Exception {
    byte[] before = Files.readAllBytes(program);
    link(program);
    Files.delete(directory.resolve("lib/onemalloc/who.choice.properties"));
    Link.undo(program, false);
    assertArrayEquals(before, Files.readAllBytes(program));
  }

  private void cannotBeUndone(String why) throws Exception {
    Map<String, String> before = Tools.contentOf(directory);
    LinkException refusal = assertThrows(LinkException.class, () -> Link.undo(program, false));
    assertEquals(2, refusal.exitCode());
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    assertEquals(before, Tools.contentOf(directory));
    Tools.usesTheAllocator(directory, program);
  }

  @Test
  void keepsWhatWasInstalledSince() throws Exception {
    link(program);
    byte[] upgrade = Files.readAllBytes(Tools.compile(directory, "new", "who.c", "-g"));
    Files.write(program, upgrade);
    assertThrows(LinkException.class, () -> Link.verify(program));
    assertTrue(link(program).changed());
    Tools.usesTheAllocator(directory, program);
    List<String> said = Link.undo(program, false).evidence();
    assertTrue(said.toString().contains("is restored to its state before the link"), said + "");
    assertArrayEquals(upgrade, Files.readAllBytes(program));
    link(program);
    Files.write(program, Files.readAllBytes(Tools.compile(directory, "newer", "who.c", "-g3")));
    said = Link.undo(program, false).evidence();
    assertTrue(said.toString().contains("what was replaced after it stays as it is"), said + "");
    assertFalse(Files.exists(directory.resolve("lib/onemalloc")));
  }
}
