package org.onemalloc.reach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.link.Link;

/** Agrona and Lucene have no extension point; run and link serve them. */
@Tag("slow")
class ReachTest {
  private static final long SIZE = 3_000_000;

  @TempDir Path directory;

  @Test
  void reachesThemByPreloading() throws Exception {
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(library), "not tested under jemalloc: libjemalloc2 is not installed");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String text = run(java, Map.of("LD_PRELOAD", library.toString()));
    assertTrue(text.startsWith("jemalloc"), text);
    for (String name : List.of("Agrona", "Lucene", "the JDK's files")) {
      Matcher m = Pattern.compile(name + " allocated (\\d+)").matcher(text);
      assertTrue(m.find() && Long.parseLong(m.group(1)) >= SIZE, text);
    }
    // Lucene reads and writes its files in small pieces
    assertTrue(text.matches("(?s).*Lucene's files allocated [1-9]\\d{3,}.*"), text);
  }

  @Test
  void reachesThemByLinking() throws Exception {
    Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    assumeTrue(Files.exists(jlink), "not tested linked: this JDK has no jlink");
    Path image = directory.toRealPath().resolve("image");
    List<String> command =
        List.of(
            jlink.toString(),
            "--add-modules",
            "java.base,java.logging,jdk.unsupported,jdk.management",
            "--output",
            image.toString());
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    Link.link(image, Allocators.ofThisMachine().choose("mimalloc"), "test", false);
    String text = run(image.resolve("bin/java"), Map.of());
    assertTrue(text.startsWith("mimalloc"), text);
    assertTrue(text.contains("Agrona in heap true"), text);
    assertTrue(text.contains("Lucene in heap true"), text);
  }

  private String run(Path java, Map<String, String> environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                java.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Reached.class.getName(),
                Files.createDirectory(directory.resolve("work")).toString())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }
}
