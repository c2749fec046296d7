package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Run.Outcome;
import org.onemalloc.compare.Run.Proof;

class ProblemsTest {
  private static final Run RUN = Fixture.plainRun("tested", 1, 10, 300);

  private static Run unseen(String... sentences) {
    return Fixture.with(RUN, new Proof(false, List.of(), List.of(), List.of(sentences), List.of()));
  }

  @Test
  void namesRunsOnceThatDifferByProcessIdsAlone() {
    assertEquals(
        List.of("2 of 3 runs not fully seen: a (pid 1) is. (and another finding of this kind)"),
        Problems.of(
            List.of(
                unseen("a (pid 1) is.", "a (pid 2) is."),
                RUN,
                unseen("a (pid 8) is.", "a (pid 9) is."))));
  }

  @Test
  void keepsWhatDiffersOtherwise() {
    assertEquals(
        List.of(
            "1 of 2 runs not fully seen: a (pid 1) is. b (pid 1) is.",
            "1 of 2 runs not fully seen: c."),
        Problems.of(List.of(unseen("a (pid 1) is.", "b (pid 1) is."), unseen("c."))));
  }

  /** The exit code of a server is that of the signal that ended it. */
  @Test
  void beginsWithTheReasonAndNotWithAnExitCodeThatSaysNothing() {
    Run run = Fixture.with(RUN, Outcome.notCounted(143, "The load failed.\nits last line"));
    assertEquals(
        List.of("1 of 1 run failed: The load failed.\nits last line"), Problems.of(List.of(run)));
  }
}
