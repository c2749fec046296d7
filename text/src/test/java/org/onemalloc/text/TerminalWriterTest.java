package org.onemalloc.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class TerminalWriterTest {
  @Test
  void whatSteersIsWrittenOutAndColoursPass() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintWriter out = new PrintWriter(new TerminalWriter(bytes, UTF_8), true);
    out.print(Style.ANSI.bold("née 𝛼\n") + Style.ANSI.worse("!") + "\r\u001b[K");
    out.flush();
    assertEquals("\u001b[1mnée 𝛼\n\u001b[0m\u001b[1;31m!\u001b[0m\r\u001b[K", text(bytes));
    out.print("\u001b[2J\u001b]0;title\u0007\u001b[8mhidden\u009b2J\u007f\u202e\u2066\ud800\u200b");
    out.flush();
    assertEquals(
        "\\u001b[2J\\u001b]0;title\\u0007\\u001b[8mhidden\\u009b2J\\u007f"
            + "\\u202e\\u2066\\ud800\\u200b",
        text(bytes));
  }

  @Test
  void aCharacterOrAColourMayComeInTwoPieces() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintWriter out = new PrintWriter(new TerminalWriter(bytes, UTF_8), true);
    for (char c : "𝛼\u001b[1mx\u001b[2J".toCharArray()) {
      out.append(c);
    }
    out.append('\ud835');
    out.flush();
    assertEquals("𝛼\u001b[1mx\\u001b[2J\\ud835", text(bytes));
  }

  private static String text(ByteArrayOutputStream bytes) {
    String text = bytes.toString(UTF_8);
    bytes.reset();
    return text;
  }

  @Test
  void namesAreOnOneLine() {
    assertEquals(
        "a\\n\\r\\tb\\u001b[31m é 中 \\u{e0041}",
        Text.escaped("a\n\r\tb\u001b[31m é 中 \udb40\udc41"));
    assertEquals("a\n\tb\\r", Text.harmless("a\n\tb\r"));
  }

  @Test
  void aFailureIsNotLost() throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has /dev/full");
    try (OutputStream full = new FileOutputStream("/dev/full")) {
      TerminalWriter terminal = new TerminalWriter(full, UTF_8);
      PrintWriter out = new PrintWriter(terminal);
      out.println("text");
      assertTrue(out.checkError());
      assertEquals(
          "Standard output could not be written: no space left on device.",
          terminal.sentence().orElseThrow());
    }
  }
}
