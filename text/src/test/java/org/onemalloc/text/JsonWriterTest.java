package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private final StringBuilder out = new StringBuilder();
  private final JsonWriter json = new JsonWriter(out);

  @Test
  void indentsAndKeepsInlineContainersOnOneLine() throws IOException {
    json.beginObject().name("a").beginArray().endArray();
    json.name("b").inline().beginArray().value(1).beginObject().name("c").value(true).endObject();
    json.endArray().name("d").beginArray().value("x").value((String) null).endArray().endObject();
    json.end();
    assertEquals(
        """
        {
          "a": [],
          "b": [1, {"c": true}],
          "d": [
            "x",
            null
          ]
        }
        """,
        out.toString());
  }

  @Test
  void escapesWhatCouldBreakAReader() throws IOException {
    json.value("\" \\ \n \r \t \b \u0000 \u001f \u007f \u009b \u2028 </script> é 😀 \ud83d");
    assertEquals(
        "\"\\\" \\\\ \\n \\r \\t \\u0008 \\u0000 \\u001f \\u007f \\u009b \\u2028 \\u003c/script> é"
            + " 😀 \\ud83d\"",
        out.toString());
  }

  @Test
  void numbersReadBackEqual() throws IOException {
    json.inline().beginArray().value(Long.MIN_VALUE).value(0.1).value(1e300).value(-0.0).endArray();
    assertEquals("[-9223372036854775808, 0.1, 1.0E300, -0.0]", out.toString());
  }

  @Test
  void refusesNumbersThatJsonCannotSay() {
    assertThrows(IllegalArgumentException.class, () -> json.value(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> json.value(Double.POSITIVE_INFINITY));
  }

  @Test
  void refusesAValueWithoutANameInAnObject() throws IOException {
    json.beginObject();
    assertThrows(IllegalStateException.class, () -> json.value(1));
  }

  @Test
  void refusesANameInAnArrayOrTwice() throws IOException {
    json.beginArray();
    assertThrows(IllegalStateException.class, () -> json.name("a"));
    json.beginObject().name("a");
    assertThrows(IllegalStateException.class, () -> json.name("b"));
    assertThrows(IllegalStateException.class, json::endObject);
  }

  @Test
  void refusesASecondTextAndAnIncompleteOne() throws IOException {
    assertThrows(IllegalStateException.class, json::end);
    json.beginArray();
    assertThrows(IllegalStateException.class, json::end);
    assertThrows(IllegalStateException.class, json::endObject);
    json.endArray();
    assertThrows(IllegalStateException.class, () -> json.value(1));
  }
}
