package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
class InspectTest {
  private static final String LIBRARY =
      """
      #include <stdlib.h>
      void *keep(void) { return malloc(100); }
      void drop(void *block) { free(block); }
      """;

  @TempDir Path folder;

  @Test
  void saysOfADirectoryWhatWasNotLookedAt() throws Exception {
    Result result = Onemalloc.run("inspect", "/sys/kernel");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("/sys/kernel has no native code in what was"), result.err());
  }

  @Test
  void predictsAProgramAndALibraryAndAnArchiveOfIt() throws Exception {
    Path library = Tools.compile(folder, "libkeep.so", LIBRARY, "-shared", "-fPIC");
    Path jar = folder.resolve("natives.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry("linux/libkeep.so"));
      zip.write(Files.readAllBytes(library));
      zip.closeEntry();
    }
    for (Path subject : new Path[] {library, jar, Path.of(Onemalloc.java())}) {
      Result result = Onemalloc.run("inspect", subject.toString());
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().contains("libc.so.6"), result.out());
    }
    Result archive = Onemalloc.run("inspect", "--json", "-", jar.toString());
    assertTrue(archive.out().contains(jar + "!/linux/libkeep.so"), archive.out());
  }

  @Test
  void looksAtAProcessWithoutStoppingIt() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      Result result = Onemalloc.run("inspect", Long.toString(sleep.pid()));
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().contains("The host is sleep"), result.out());
      assertTrue(sleep.isAlive());
    } finally {
      sleep.destroyForcibly().waitFor();
    }
  }

  @Test
  void failsOnAHazardOnlyIfAsked() throws Exception {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    String home = System.getProperty("java.home");
    Result judged = Onemalloc.run("inspect", "-a", "jemalloc", "--fail-on", "danger", home);
    assertEquals(1, judged.exitCode(), judged.err());
    assertTrue(judged.out().contains("ffm-default-lookup"), judged.out());
    assertEquals(0, Onemalloc.run("inspect", "-a", "jemalloc", home).exitCode());
  }

  /**
   * The prediction only reads the library, so its path may contain characters that LD_PRELOAD does
   * not allow.
   */
  @Test
  void runsNoCodeOfAnAllocatorThatIsNamedByPath() throws Exception {
    String source =
        """
        #include <fcntl.h>
        __attribute__((constructor)) static void loaded(void) {
          open("%s", O_CREAT | O_WRONLY, 0600);
        }
        void *malloc(unsigned long size) { (void)size; return 0; }
        void free(void *block) { (void)block; }
        """
            .formatted(folder.resolve("loaded"));
    Path library = Tools.compile(folder, "lib mine.so", source, "-shared", "-fPIC");
    Result result = Onemalloc.run("inspect", "-a", library.toString(), "/bin/true");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().contains(library.toString()), result.out());
    assertFalse(Files.exists(folder.resolve("loaded")), "it was loaded");
  }

  @Test
  void oneSentenceForEachBadInput() throws Exception {
    byte[] program = Files.readAllBytes(Path.of(Onemalloc.java()));
    Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(program, 3000));
    byte[] broken = program.clone();
    Arrays.fill(broken, 64, 700, (byte) 0xff);
    Path noise = Files.write(folder.resolve("noise"), broken);
    Path text = Files.writeString(folder.resolve("text"), "nothing native");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    zip.writeBytes(new byte[] {'P', 'K', 3, 4, 0, 0});
    Path archive = Files.write(folder.resolve("cut.jar"), zip.toByteArray());
    Path windows = Files.write(folder.resolve("x.dll"), new byte[] {'M', 'Z', 0, 0});
    assertAll(
        () -> refused("inspect", cut.toString()),
        () -> refused("inspect", noise.toString()),
        () -> refused("inspect", text.toString()),
        () -> refused("inspect", empty.toString()),
        () -> refused("inspect", archive.toString()),
        () -> refused("inspect", windows.toString()),
        () -> refused("inspect", "/no/such/file"),
        () -> refused("inspect", "2147483646"),
        () -> refused("inspect", "--fail-on", "much", text.toString()),
        () -> refused("inspect", "--attach", text.toString()),
        () -> refused("inspect", "--preload", "/no/such/lib", Onemalloc.java()),
        () -> refused("inspect", "-a", "nothing", Onemalloc.java()),
        () -> refused("inspect", "-a", "mimalloc", "1"),
        () -> refused("inspect", "1", "2"));
  }

  private static void refused(String... arguments) throws Exception {
    Result result = Onemalloc.run(arguments);
    String what = String.join(" ", arguments) + ": " + result.err();
    assertEquals(2, result.exitCode(), what);
    assertEquals(1, result.err().lines().count(), what);
    assertFalse(result.err().contains("Exception"), what);
  }
}
