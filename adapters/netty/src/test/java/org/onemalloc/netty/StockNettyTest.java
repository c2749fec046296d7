package org.onemalloc.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.onemalloc.inspect.process.GlibcHeap;

/** Where the buffers of Netty's own allocators lie, in a process with jemalloc preloaded. */
@Tag("slow")
class StockNettyTest {
  private static final Path JEMALLOC = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

  @BeforeEach
  void needsJemalloc() {
    assumeTrue(Files.exists(JEMALLOC), "not tested under jemalloc: libjemalloc2 is not installed");
  }

  @Test
  void withNativeAccessTheyEscapeToGlibc() throws Exception {
    assertTrue(glibcBytes("stock", NATIVE) > HeldBuffers.BYTES);
  }

  @Test
  void repairedTheyAreInTheProcessHeap() throws Exception {
    assertEquals(0, glibcBytes("repaired", NATIVE));
  }

  @Test
  void withUnsafeAllowedTheyAreInTheProcessHeap() throws Exception {
    assertEquals(0, glibcBytes("stock", NATIVE, "--sun-misc-unsafe-memory-access=allow"));
  }

  @Test
  void withoutNativeAccessTheyAreInTheProcessHeap() throws Exception {
    assertEquals(0, glibcBytes("stock", "--illegal-native-access=deny"));
  }

  @Test
  void refusesToRepairTooLate() throws Exception {
    assertTrue(refusal("late", NATIVE).contains("Netty was in use before this call"));
  }

  @Test
  void refusesToRepairWhereUnsafeIsDenied() throws Exception {
    String refusal = refusal("repaired", NATIVE, "--sun-misc-unsafe-memory-access=deny");
    assertTrue(refusal.contains("--sun-misc-unsafe-memory-access=allow"), refusal);
  }

  private static String refusal(String how, String... flags) throws Exception {
    Process process = start(how, ProcessBuilder.Redirect.PIPE, flags);
    process.outputWriter().close();
    String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor(), errors);
    return errors;
  }

  private static long glibcBytes(String how, String... flags) throws Exception {
    Process process = start(how, ProcessBuilder.Redirect.INHERIT, flags);
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      return GlibcHeap.of(process.pid()).orElseThrow().systemBytes().orElseThrow();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static Process start(String how, ProcessBuilder.Redirect errors, String... flags)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(HeldBuffers.class.getName(), how));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors);
    builder.environment().put("LD_PRELOAD", JEMALLOC.toString());
    return builder.start();
  }
}
