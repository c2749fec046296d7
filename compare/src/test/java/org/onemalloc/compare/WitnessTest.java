package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Kind;
import org.onemalloc.inspect.process.MallocProviders;

class WitnessTest {
  @TempDir Path folder;

  /** Samples are rare on a busy machine: what has grown is looked at in the very next one. */
  @Test
  void aProcessThatHasGrownIsLookedAtAgainAtOnce() throws Exception {
    try (EscapingProgram program = new EscapingProgram(folder)) {
      Witness witness = witness(Expectation.of(program.library()));
      witness.look(program.sample(), 0);
      assertEquals(List.of(), witness.findings().failures());
      program.tell("small");
      witness.look(program.sample(), 1);
      List<String> failures = witness.findings().failures();
      assertEquals(1, failures.size());
      assertTrue(failures.getFirst().contains("also allocates with glibc's malloc"));
    }
  }

  @Test
  void aRunInWhichNobodyWasLookedAtIsNotProven() {
    Expectation expectation = Expectation.of(Path.of("/lib/liballocator.so"));
    Witness witness = witness(expectation);
    try (ProgramHistory history = new ProgramHistory(new MallocProviders(), expectation)) {
      witness.complete(history, 0, 1);
    }
    assertTrue(
        witness.findings().unseen().stream().anyMatch(s -> s.contains("no look came in time")));
  }

  private static Witness witness(Expectation expectation) {
    VariantSettings settings = new VariantSettings(Kind.OTHER, Map.of(), List.of());
    return new Witness(new ProcessCheck(expectation, settings), new MallocProviders());
  }
}
