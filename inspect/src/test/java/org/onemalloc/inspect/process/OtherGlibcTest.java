package org.onemalloc.inspect.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What glibc says of its own heap is what is read from outside, on other versions than this
 * machine's: 2.31 (bullseye), 2.41 (trixie) and the newest (sid), each in a bare root of Debian.
 * Takes minutes and the network: nightly.
 */
@Tag("nightly")
class OtherGlibcTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"bullseye", "trixie", "sid"})
  void readsWhatGlibcSaysOfItself(String suite) throws Exception {
    assumeTrue(Boolean.getBoolean("nightly"), "makes a root of Debian: give -Dnightly");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may change its root");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mmdebstrap")), "mmdebstrap is not installed");
    Path root = folder.resolve(suite);
    List<String> words = new ArrayList<>(List.of("mmdebstrap", "--variant=minbase"));
    words.add("--aptopt=Acquire::Check-Valid-Until \"false\"");
    words.addAll(List.of("--include=gcc,libc6-dev", suite, root.toString()));
    words.add(mirror());
    run(words);
    Files.writeString(root.resolve("tmp/churn.c"), GlibcHeapTest.PROGRAM);
    run(List.of("chroot", root + "", "gcc", "-pthread", "-o", "/tmp/churn", "/tmp/churn.c"));
    for (int threads : new int[] {0, 3}) {
      agrees(root, threads);
    }
  }

  /** Returns where this machine gets its packages from, as scripts/matrix does. */
  private static String mirror() throws IOException {
    String format = "--format=$(REPO_URI)";
    Process apt = new ProcessBuilder("apt-get", "indextargets", format).start();
    String said = new String(apt.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Optional<String> archive = said.lines().filter(uri -> uri.endsWith("/debian/")).findFirst();
    assumeTrue(archive.isPresent(), "this machine has no archive of Debian");
    return archive.get();
  }

  private static void agrees(Path root, int threads) throws Exception {
    Process process =
        new ProcessBuilder("chroot", root.toString(), "/tmp/churn", threads + "").start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String said = GlibcHeapTest.until(out, "ready");
      GlibcHeap heap = GlibcHeap.of(process.pid()).orElseThrow();
      assertEquals(
          OptionalLong.of(GlibcHeapTest.last(GlibcHeapTest.TOTAL, said)), heap.systemBytes());
      assertEquals(
          OptionalLong.of(GlibcHeapTest.last(GlibcHeapTest.MAPPED, said)), heap.mappedBytes());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private void run(List<String> words) throws IOException, InterruptedException {
    File log = folder.resolve("log").toFile();
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log).start();
    assertEquals(0, process.waitFor(), () -> words + ": " + text(log));
  }

  private static String text(File file) {
    try {
      return Files.readString(file.toPath());
    } catch (IOException e) {
      return e.toString();
    }
  }
}
