package org.onemalloc.compare.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ServerWordsTest {
  @Test
  void aSimpleCommandIsStartedWithoutAShell() {
    assertEquals(
        List.of("redis-server", "--port", "7777", "--save", ""),
        ServerWords.of("redis-server --port 7777 --save ''"));
    assertEquals(List.of("a b", "c"), ServerWords.of("'a b'  \"c\" "));
    assertEquals(List.of(), ServerWords.of("  "));
  }

  @Test
  void whatNeedsAShellGetsOne() {
    for (String text :
        List.of("cd /srv && ./run", "A=b ./run", "./run >log", "$HOME/run", "./run *.conf")) {
      assertEquals(List.of("/bin/sh", "-c", text), ServerWords.of(text));
    }
  }
}
