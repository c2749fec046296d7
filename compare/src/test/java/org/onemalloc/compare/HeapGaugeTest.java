package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeapGaugeTest {
  private static final long SECOND = Fixture.SECOND;

  @TempDir Path folder;

  @Test
  void aRunWithoutALookIsNotProven() {
    HeapGauge gauge = new HeapGauge(Expectation.of(Path.of("/lib/liballocator.so")));
    assertEquals(
        List.of("Whether glibc's own heap stayed empty is unknown: no look came in time."),
        unseen(gauge, SECOND));
    assertEquals(Optional.empty(), gauge.evidence());
    assertEquals(List.of(), unseen(new HeapGauge(Expectation.GLIBC), SECOND));
  }

  @Test
  void norIsOneThatWasOnlySeenAtItsBeginning() throws Exception {
    try (EscapingProgram program = new EscapingProgram(folder)) {
      HeapGauge gauge = new HeapGauge(Expectation.of(program.library()));
      assertEquals(Optional.empty(), gauge.look(program.pid(), "it", SECOND));
      assertEquals(List.of(), unseen(gauge, SECOND));
      assertEquals(List.of(), unseen(gauge, 2 * SECOND));
      assertEquals(
          List.of(
              "Whether glibc's own heap stayed empty in the last 4.0 s is unknown: no look came in"
                  + " time."),
          unseen(gauge, 5 * SECOND));
      assertEquals(Optional.empty(), gauge.look(program.pid(), "it", 4 * SECOND));
      assertEquals(List.of(), unseen(gauge, 5 * SECOND));
    }
  }

  @Test
  void smallAndLargeBlocksAreFound() throws Exception {
    for (String size : List.of("small", "large")) {
      try (EscapingProgram program = new EscapingProgram(folder)) {
        HeapGauge gauge = new HeapGauge(Expectation.of(program.library()));
        program.tell(size);
        Doubt doubt = gauge.look(program.pid(), "it", SECOND).orElseThrow();
        assertTrue(doubt.isCertain());
        assertTrue(doubt.sentence().startsWith("it also allocates with glibc's malloc"));
      }
    }
  }

  @Test
  void aHeapThatIsNotRecognisedIsUnknownAndNotEmpty() throws Exception {
    try (EscapingProgram program = new EscapingProgram(folder)) {
      HeapGauge gauge = new HeapGauge(Expectation.of(program.library()));
      assertEquals(Optional.empty(), gauge.look(program.pid(), "it", 1));
      program.tell("odd");
      for (int look = 2; look < 4; look++) {
        Doubt doubt = gauge.look(program.pid(), "it", look).orElseThrow();
        assertTrue(doubt.sentence().contains("was not recognised"), doubt.sentence());
      }
      assertEquals(1, unseen(gauge, 5).size());
      assertTrue(unseen(gauge, 5).getFirst().startsWith("Whether glibc's own heap is empty in it"));
      program.tell("small");
      assertTrue(gauge.look(program.pid(), "it", 4).orElseThrow().isCertain());
    }
  }

  /** Returns what was not seen of a run that began at 0. */
  private static List<String> unseen(HeapGauge gauge, long ended) {
    Findings findings = new Findings();
    gauge.complete(findings, 0, ended);
    return findings.unseen();
  }
}
