package org.onemalloc.probe.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onemalloc.probe.Probe;
import org.onemalloc.probe.agent.Options.BadOption;

class OptionsTest {
  @Test
  void withoutOptionsOnlyTheBeanIsThere() throws Exception {
    for (String text : new String[] {null, "", " "}) {
      assertEquals(
          new Options(OptionalInt.empty(), true, Probe.USUAL_INTERVAL, Optional.empty(), false),
          Options.parse(text, null));
    }
  }

  @Test
  void allOptionsAreRead() throws Exception {
    assertEquals(
        new Options(
            OptionalInt.of(9400), false, Duration.ofSeconds(30), Optional.of("jemalloc"), false),
        Options.parse("port=9400,interval=30,expect=jemalloc,jmx=off", null));
    assertTrue(Options.parse("expect-or-warn=/a/lib.so", null).isOnlyWarned());
  }

  @Test
  void theOptionOverridesTheProperty() throws Exception {
    assertEquals(Optional.of("mimalloc"), Options.parse("port=1", "mimalloc").expected());
    assertEquals(Optional.of("jemalloc"), Options.parse("expect=jemalloc", "mimalloc").expected());
    assertFalse(Options.parse("", "mimalloc").isOnlyWarned());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port|\"port\" is not an option with its value, such as port=9400.",
        "port=|\"port=\" is not an option with its value, such as port=9400.",
        "=1|\"=1\" is not an option with its value, such as port=9400.",
        "port=1,|\"\" is not an option with its value, such as port=9400.",
        "port=70000|port=70000 is not a number from 0 to 65535.",
        "port=-1|port=-1 is not a number from 0 to 65535.",
        "port=x|port=x is not a number from 0 to 65535.",
        "interval=1.5|interval=1.5 is not a number from 0 to 86400.",
        "interval=99999999999999999999|interval=99999999999999999999 is not a number from 0 to 86400.",
        "jmx=yes|jmx=yes is neither on nor off.",
        "port=1,port=2|port is given twice.",
        "expect=system,expect-or-warn=system|expect-or-warn is given twice.",
        "expect=libc|expect=libc is neither system, mimalloc, jemalloc, tcmalloc or snmalloc nor the absolute path of a library.",
        "Port=1|Port is not an option: there are port, interval, jmx, expect and expect-or-warn."
      })
  void aBadOptionIsRefusedInASentence(String text, String sentence) {
    BadOption bad = assertThrows(BadOption.class, () -> Options.parse(text, null));
    assertEquals(sentence, bad.getMessage());
  }

  @Test
  void aBadPropertyIsRefused() {
    assertThrows(BadOption.class, () -> Options.parse("", "libc"));
  }

  @Test
  void whatIsExpectedIsKnownEvenBesideABadOption() {
    assertEquals(Optional.of("jemalloc"), Options.required("prt=1,expect=jemalloc", null));
    assertEquals(Optional.of("mimalloc"), Options.required("prt=1", "mimalloc"));
    assertEquals(Optional.empty(), Options.required("prt=1,expect-or-warn=jemalloc", "mimalloc"));
    assertEquals(Optional.empty(), Options.required(null, null));
    assertEquals(Optional.of("jemalloc"), Options.required("port=0, expect=jemalloc", null));
    assertEquals(
        Optional.of("jemalloc"), Options.required("expect=jemalloc,expect-or-warn=jemalloc", null));
  }
}
