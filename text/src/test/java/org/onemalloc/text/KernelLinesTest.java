package org.onemalloc.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelLinesTest {
  @TempDir Path folder;

  @Test
  void onlyANewlineEndsALine() throws Exception {
    assertEquals(List.of(), lines(""));
    assertEquals(List.of(""), lines("\n"));
    assertEquals(List.of("a\rb\r", "", "c\u2028\u0085\fd"), lines("a\rb\r\n\nc\u2028\u0085\fd"));
  }

  @Test
  void aLineMayBeLongerThanTheBuffer() throws Exception {
    for (int length : new int[] {8191, 8192, 8193, 20000}) {
      String line = "x".repeat(length);
      assertEquals(List.of(line, "y"), lines(line + "\ny\n"));
    }
  }

  @Test
  void whatIsNotUtf8IsReplaced() throws Exception {
    Path file = Files.write(folder.resolve("bytes"), new byte[] {'a', (byte) 0xff, '\n', 'b'});
    assertEquals(List.of("a\ufffd", "b"), KernelLines.of(file));
  }

  private List<String> lines(String text) throws Exception {
    return KernelLines.of(Files.write(folder.resolve("text"), text.getBytes(UTF_8)));
  }
}
