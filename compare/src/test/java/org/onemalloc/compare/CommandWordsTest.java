package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CommandWordsTest {
  @Test
  void givesBackEveryByte() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      byte[] word = new byte[random.nextInt(12)];
      random.nextBytes(word);
      assertArrayEquals(word, CommandWords.bytes(CommandWords.text(word)));
    }
  }

  @Test
  void isUtf8WhereItIsValid() {
    String text = "a \u00e9 \u20ac \ud83d\ude00";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(text, CommandWords.text(bytes));
    assertArrayEquals(bytes, CommandWords.bytes(text));
    assertEquals("\udcff(", CommandWords.text(new byte[] {(byte) 0xff, '('}));
  }
}
