package org.onemalloc.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the calls of a command. scripts/try-release.sh tests that the command of a release links.
 */
class LinkerOfReleaseTest {
  @TempDir Path directory;

  private Path tarball(String script) throws Exception {
    Path bin = Files.createDirectories(directory.resolve("onemalloc-1-linux-x64/bin"));
    Path command = Files.writeString(bin.resolve("onemalloc"), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path file = directory.resolve("command.tar.gz");
    Process tar =
        new ProcessBuilder(
                "tar", "-czf", file.toString(), "-C", directory.toString(), "onemalloc-1-linux-x64")
            .start();
    assertEquals(0, tar.waitFor());
    return file;
  }

  private Linker linker(Path tarball) throws Exception {
    return new LinkerOfRelease(tarball, directory.resolve("target/onemalloc/1"));
  }

  @Test
  void startsTheCommandThatItUnpacks() throws Exception {
    Linker linker = linker(tarball("echo \"$@\""));
    assertEquals(
        List.of("link /image --allocator mimalloc+tuned", "link --verify /image"),
        linker.link(Path.of("/image"), "mimalloc+tuned", true));
    assertEquals(
        List.of("link /image --allocator jemalloc"),
        linker(Path.of("unpacked already")).link(Path.of("/image"), "jemalloc", false));
    try (var files = Files.list(directory.resolve("target/onemalloc"))) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void passesOnWhyTheCommandRefused() throws Exception {
    Linker linker = linker(tarball("echo onemalloc: it is not so. >&2; exit 2"));
    assertEquals("onemalloc: it is not so.", refusal(linker));
  }

  @Test
  void saysWhatACommandPrintedThatFailedOtherwise() throws Exception {
    String message = refusal(linker(tarball("echo no such thing; exit 127")));
    assertTrue(message.contains("(exit code 127): no such thing"), message);
  }

  @Test
  void saysThatATarballCannotBeUnpacked() {
    MojoFailureException failure =
        assertThrows(MojoFailureException.class, () -> linker(directory.resolve("missing.tar.gz")));
    assertTrue(failure.getMessage().contains("missing.tar.gz"), failure.getMessage());
  }

  private static String refusal(Linker linker) {
    return assertThrows(
            MojoFailureException.class, () -> linker.link(Path.of("/image"), "mimalloc", true))
        .getMessage();
  }
}
