package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The heap in a JVM that QEMU's user mode runs, as Docker does with images of another architecture.
 * There mmap ignores MAP_32BIT.
 */
class EmulatedTest {
  private static final Path QEMU = Path.of("/usr/bin/qemu-x86_64");

  @TempDir Path folder;

  @Test
  void thoughNoMemoryIsBelowTwoGigabytesTheCachesServe() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the JVM is not of x86-64");
    assumeTrue(Files.exists(QEMU), QEMU + " is not installed");
    List<String> command =
        List.of(
            QEMU.toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            EmulatedMain.class.getName());
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("caches on\n", text);
    assertEquals(0, process.waitFor(), text);
  }
}
