package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests an undo after a linked program was renamed, copied or hard-linked. */
@Tag("slow")
class OtherUsersTest {
  @TempDir Path directory;
  private Path home;
  private Path program;
  private Path other;
  private String original;

  @BeforeEach
  void link() throws Exception {
    directory = directory.toRealPath();
    Path bin = Files.createDirectory(directory.resolve("bin"));
    program = Tools.compile(bin, "who", "who.c");
    original = SafeFiles.sha256(program);
    other = bin.resolve("other");
    home = directory.resolve("lib/onemalloc");
    link(program);
  }

  private static void link(Path target) {
    Link.link(target, Tools.choice("mimalloc"), "test", false);
  }

  private void refusesToUndo(Path target, String why) throws Exception {
    Map<String, String> before = Tools.contentOf(directory);
    LinkException refusal = assertThrows(LinkException.class, () -> Link.undo(target, false));
    assertEquals(2, refusal.exitCode());
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    assertEquals(before, Tools.contentOf(directory));
  }

  private void starts(Path file) throws Exception {
    String provider = Tools.succeed(file.toString()).lines().findFirst().orElseThrow();
    Path library = Path.of(provider.substring("malloc ".length())).normalize();
    assertEquals(home.resolve("libmimalloc.so"), library);
  }

  private void isUndone() throws Exception {
    assertEquals(original, SafeFiles.sha256(program));
    assertFalse(Files.exists(home));
  }

  @Test
  void findsTheRenamedProgramBehindAWrapper() throws Exception {
    Files.move(program, other);
    Files.writeString(program, "#!/bin/sh\nexec %s \"$@\"\n".formatted(other));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    refusesToUndo(program, "which is " + other + " now: use onemalloc link --undo " + other);
    starts(program);
    assertEquals(3, Link.verify(other).evidence().size());
    link(other);
    Link.undo(other, false);
    assertEquals(original, SafeFiles.sha256(other));
    assertFalse(Files.exists(directory.resolve("lib")));
  }

  @Test
  void keepsTheLibraryForACopy() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("libexec"));
    for (Path copy : new Path[] {other, elsewhere.resolve("copy")}) {
      Files.copy(program, copy, StandardCopyOption.COPY_ATTRIBUTES);
      String steps = Link.undo(program, false).steps().toString();
      assertTrue(steps.contains(home + ": stays, since " + copy + " needs it too"), steps);
      assertEquals(original, SafeFiles.sha256(program));
      starts(copy);
      refusesToUndo(copy, "is a copy of a linked program");
      link(program);
      Files.delete(copy);
    }
    Link.undo(program, false);
    isUndone();
  }

  @Test
  void keepsTheLibraryForAHardLink() throws Exception {
    Files.createLink(other, program);
    Path far = Files.createDirectories(directory.resolve("far/bin")).resolve("who");
    Files.createLink(far, program);
    String steps = Link.undo(program, false).steps().toString();
    assertTrue(steps.contains(other + " needs it too"), steps);
    assertTrue(steps.contains(program + " has 1 more name that was not found"), steps);
    starts(other);
    Files.delete(other);
    link(program);
    Link.undo(program, false);
    isUndone();
  }

  /** A file that is linked already must not be kept as the original of another link. */
  @Test
  void keepsNoLinkedFileAsAnOriginal() throws Exception {
    Tools.assumeInstalled("patchelf");
    Files.copy(program, other, StandardCopyOption.COPY_ATTRIBUTES);
    Tools.succeed("patchelf", "--add-needed", "libm.so.6", other.toString());
    Map<String, String> before = Tools.contentOf(directory);
    LinkException refusal = assertThrows(LinkException.class, () -> link(other));
    assertTrue(
        refusal.getMessage().contains("does not record: put the original file in its place"),
        refusal.getMessage());
    assertEquals(before, Tools.contentOf(directory));
  }
}
