package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.inspect.process.GlibcHeap;

/**
 * Tests that the direct buffers of Netty 4.2, which allocates them through Java's lookup of native
 * functions, come from the chosen allocator.
 */
@Tag("slow")
class NettyTest {
  private static final long BUFFERS = 32L << 20;

  @ParameterizedTest
  @ValueSource(strings = {"mimalloc", "jemalloc@bundled"})
  void directBuffersLandInTheAllocator(String allocator) throws Exception {
    List<String> command = new ArrayList<>(Onemalloc.command("run", "-a", allocator, "--"));
    command.addAll(program());
    assertEquals(0, glibcBytes(Map.of(), command));
  }

  @Test
  void aPlainPreloadLeavesThemInGlibc() throws Exception {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    assertTrue(glibcBytes(Map.of("LD_PRELOAD", "libjemalloc.so.2"), program()) > BUFFERS);
  }

  private static List<String> program() {
    return List.of(
        Onemalloc.java(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        Onemalloc.classPath(),
        NettyBuffers.class.getName());
  }

  private static long glibcBytes(Map<String, String> environment, List<String> command)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("ready", out.readLine());
      return GlibcHeap.of(process.pid()).orElseThrow().systemBytes().orElseThrow();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
