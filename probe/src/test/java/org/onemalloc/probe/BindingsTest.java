package org.onemalloc.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real JVMs that look at themselves. */
class BindingsTest {
  private static final Path LIBRARIES = Path.of("/usr/lib", machine() + "-linux-gnu");

  private static String machine() {
    return System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
  }

  @Test
  void anUnchangedJvmRunsOnGlibc() throws Exception {
    assertEquals("system true libc.so.6 0 failures 0 unseen", look("", "none"));
  }

  @Test
  void aPreloadedAllocatorIsProven() throws Exception {
    Path library = installed("libjemalloc.so.2");
    assertEquals(
        "jemalloc true libjemalloc.so.2 0 failures 0 unseen", look(library.toString(), "none"));
  }

  @Test
  void aBlockOfGlibcIsAnEscape() throws Exception {
    Path library = installed("libjemalloc.so.2");
    assertEquals(
        "jemalloc false libjemalloc.so.2 1 failures 0 unseen", look(library.toString(), "glibc"));
  }

  /** Its segments lie in one page of the file, so that two mappings begin at its beginning. */
  @Test
  void aSmallLibraryIsRead(@TempDir Path directory) throws Exception {
    Path library = installed("libjemalloc.so.2");
    Path small =
        compile(
            directory,
            """
            extern void *malloc(unsigned long);
            int value = 1;
            void *small(void) { value++; return malloc(9); }
            """,
            "-nostdlib",
            "-Wl,-z,noseparate-code",
            "-Wl,-z,norelro");
    assertTrue(Files.size(small) < 16384);
    assertEquals(
        "jemalloc true libjemalloc.so.2 0 failures 0 unseen", look(library + ":" + small, "none"));
  }

  /** A library that brings its own allocator, and is opened so that this one comes first. */
  @Test
  void aLibraryBoundElsewhereIsAnEscape(@TempDir Path directory) throws Exception {
    Path library = installed("libjemalloc.so.2");
    Path other = installed("libtcmalloc_minimal.so.4");
    Path own =
        compile(
            directory,
            "#include <stdlib.h>\nvoid *own(void) { return malloc(9); }\n",
            "-Wl,--no-as-needed",
            other.toString());
    String said = look(library.toString(), own.toString());
    assertTrue(said.startsWith("jemalloc false libjemalloc.so.2 "), said);
    assertFalse(said.contains(" 0 failures"), said);
  }

  /** A library whose operator new has blocks of its own, although it calls the process's free. */
  @Test
  void operatorsWithAPoolOfTheirOwnAreAnEscape(@TempDir Path directory) throws Exception {
    Path library = installed("libjemalloc.so.2");
    Path own =
        compile(
            directory,
            """
            extern void free(void *block);
            static char pool[4096];
            static unsigned long used;
            void *_Znwm(unsigned long size) { used += size; return pool + used; }
            void *make(void *old) { free(old); return _Znwm(8); }
            """);
    String said = look(library + ":" + own, "none");
    assertTrue(said.startsWith("jemalloc false libjemalloc.so.2 "), said);
    assertFalse(said.contains(" 0 failures"), said);
  }

  private static Path compile(Path directory, String text, String... last) throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/usr/bin/cc")), "cc is not installed");
    Path source = Files.writeString(directory.resolve("library.c"), text);
    Path library = directory.resolve("library.so");
    List<String> words = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o"));
    words.addAll(List.of(library.toString(), source.toString()));
    words.addAll(List.of(last));
    assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor());
    return library;
  }

  private static Path installed(String name) {
    Path library = LIBRARIES.resolve(name);
    Assumptions.assumeTrue(Files.exists(library), name + " is not installed");
    return library;
  }

  /** Starts a JVM that does what {@link Looker} says. */
  private static String look(String preloaded, String escape) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Looker.class.getName(),
            escape);
    builder.environment().put("LD_PRELOAD", preloaded);
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return said;
  }
}
