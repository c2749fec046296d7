package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of programs whose permissions were changed after they were linked. */
@Tag("slow")
class RightsChangedTest {
  @TempDir Path directory;
  private Path program;
  private byte[] original;

  @BeforeEach
  void linkOne() throws Exception {
    program = Tools.compile(Files.createDirectory(directory.resolve("bin")), "who", "who.c");
    original = Files.readAllBytes(program);
    Link.link(program, Tools.choice("mimalloc"), "test", false);
  }

  private Object mode() throws Exception {
    return (int) Files.getAttribute(program, "unix:mode") & 07777;
  }

  @Test
  void aPermissionThatWasTakenAwayDoesNotComeBack() throws Exception {
    Files.setAttribute(program, "unix:mode", 0700);
    String step = Link.undo(program, true).steps().getFirst();
    assertTrue(step.endsWith("the permissions that it has now"), step);
    Link.undo(program, false);
    assertEquals(0700, mode());
    assertArrayEquals(original, Files.readAllBytes(program));
  }

  @Test
  void whatWasNotChangedIsNotMentioned() {
    assertEquals("who: the original", Link.undo(program, true).steps().getFirst());
  }

  @Test
  void aProgramThatBecameSetUserIdIsNotProvenAndKeepsTheBit() throws Exception {
    Files.setAttribute(program, "unix:mode", 04755);
    LinkException failure = assertThrows(LinkException.class, () -> Link.verify(program));
    assertEquals(1, failure.exitCode());
    assertTrue(failure.getMessage().contains("became set-user-ID"), failure.getMessage());
    Link.undo(program, false);
    assertEquals(04755, mode());
    assertArrayEquals(original, Files.readAllBytes(program));
  }

  @Test
  void capabilitiesThatWereTakenAwayDoNotComeBack() throws Exception {
    Tools.assumeInstalled("setcap", "getcap");
    Tools.succeed("setcap", "cap_net_bind_service=+ep", kept().toString());
    Link.undo(program, false);
    String capabilities = Tools.succeed("getcap", program.toString());
    assertFalse(capabilities.contains("cap_net_bind_service"), capabilities);
  }

  /** Returns the original, which has the capabilities that the program had before. */
  private Path kept() throws Exception {
    try (Stream<Path> files = Files.walk(directory.resolve("lib/onemalloc/originals"))) {
      return files.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
  }
}
