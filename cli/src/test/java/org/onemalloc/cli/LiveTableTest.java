package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the table of {@code compare} on a terminal, by the contents of a tmux screen. */
@Tag("slow")
class LiveTableTest {
  private static final String END = "it has ended";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {80, 200})
  void isRewrittenInPlace(int columns) throws Exception {
    Tools.require("tmux");
    String words =
        String.join(
            " ",
            Onemalloc.command("compare", "--all-runs", "-n", "3", "-a", "system,mimalloc", "--"));
    Path script = folder.resolve("script");
    Files.writeString(script, words + " sleep 0.2\necho " + END + "\nsleep 100\n");
    tmux(
        List.of(
            "new-session", "-d", "-x", "" + columns, "-y", "60", "env -u NO_COLOR sh " + script));
    try {
      String screen = tmux(List.of("capture-pane", "-p"));
      while (!screen.contains(END)) {
        Thread.sleep(200);
        screen = tmux(List.of("capture-pane", "-p"));
      }
      String seen = screen;
      assertTrue(seen.contains("✓ mimalloc"), seen);
      assertEquals(1, seen.lines().filter(line -> line.contains("interleaved")).count(), seen);
      assertEquals(0, seen.lines().filter(line -> line.contains("run 2 of")).count(), seen);
    } finally {
      tmux(List.of("kill-server"));
    }
  }

  private String tmux(List<String> arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("tmux", "-u", "-S", folder + "/socket"));
    words.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("TERM", "xterm-256color");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
