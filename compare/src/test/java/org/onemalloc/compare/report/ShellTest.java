package org.onemalloc.compare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellTest {
  @Test
  void theShellReadsBackEveryWord() throws Exception {
    List<String> words =
        List.of("a b", "it's", "", "$HOME `id` \\", "\"x\"", "--a=b,c:d/e", "-31 %", "é\nf", "*?[");
    String script = "printf '%s\\0' " + Shell.line(words);
    Process sh = new ProcessBuilder("sh", "-c", script).start();
    String output = new String(sh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, sh.waitFor());
    assertEquals(String.join("\0", words) + "\0", output);
  }

  @Test
  void plainWordsStayPlain() {
    assertEquals("java -Xmx1g -jar a.jar", Shell.line(List.of("java", "-Xmx1g", "-jar", "a.jar")));
  }
}
