package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two copies of the library in one JVM, each checking the blocks that the other frees. */
class CopiesTest {
  private static String output(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Donemalloc.checked.leaks=true"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CopiesMain.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  @Test
  void blocksOfOneAreFreedByTheOtherWithoutAReport() throws Exception {
    assertEquals("passed\ntwice: found\n", output("-Donemalloc.checked=full"));
  }

  @Test
  void blocksWithPagesOfTheirOwnToo() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "only Linux has such pages");
    String text = output("-Donemalloc.checked=full", "-Donemalloc.checked.reads=true");
    assertEquals("passed\ntwice: found\n", text);
  }

  @Test
  void guardedBlocksToo() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "only Linux has such pages");
    String text =
        output(
            "-Donemalloc.checked=sampled",
            "-Donemalloc.checked.period=1",
            "-Donemalloc.checked.findings=throw");
    assertTrue(text.contains("guards its blocks there.\n"), text);
    assertTrue(text.endsWith("passed\ntwice: found\n"), text);
  }
}
