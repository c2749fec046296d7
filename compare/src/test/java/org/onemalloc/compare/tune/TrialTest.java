package org.onemalloc.compare.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.tune.Trial.Mark;
import org.onemalloc.compare.tune.Trial.Stage;

class TrialTest {
  private static final Map<String, Double> FIGURES = new LinkedHashMap<>();

  static {
    FIGURES.put("peakRss", 1.5e8);
    FIGURES.put("GET p99=a\tb", 0.1);
  }

  private static final List<Trial> TRIALS =
      List.of(
          new Trial(Stage.RACE, 1, "system", Mark.PROVEN, 12, FIGURES, ""),
          new Trial(Stage.RACE, 1, "a b\tc\nd", Mark.FAILED, 13, Map.of(), "exit code 1: a\tb\nc"),
          new Trial(Stage.FRESH, 3, "/opt/ü+x.so", Mark.PARTLY_SEEN, 14, FIGURES, ""));

  @TempDir Path folder;

  @Test
  void readsBackWhatItWrites() {
    for (Trial trial : TRIALS) {
      assertFalse(trial.line().contains("\n"), trial.line());
      assertEquals(Optional.of(trial), Trial.parse(trial.line()));
    }
    assertEquals(Optional.empty(), Trial.parse("fact\tcommand\tx"));
  }

  @Test
  void keepsTheFiguresOfARun() {
    Run run = Fixture.plainRun("system", 1, 2, 100);
    Trial trial = Trial.of(Stage.RACE, 4, run, 5);
    assertEquals(100.0 * (1 << 20), trial.figures().get("peakRss"));
    assertEquals(2e9, trial.figures().get("cpu"));
    assertEquals(Mark.PROVEN, trial.mark());
    Run failed = Fixture.with(run, Run.Outcome.failed(3, "first\nlast"));
    assertEquals("exit code 3: last", Trial.of(Stage.RACE, 4, failed, 5).reason());
    Run unproven =
        Fixture.with(
            run,
            new Run.Proof(false, List.of(), List.of("It ran on glibc."), List.of(), List.of()));
    assertEquals(Mark.UNPROVEN, Trial.of(Stage.RACE, 4, unproven, 5).mark());
    assertEquals("It ran on glibc.", Trial.of(Stage.RACE, 4, unproven, 5).reason());
  }

  private Path state() throws Exception {
    Path file = folder.resolve("state");
    Files.deleteIfExists(file);
    try (StateFile state = StateFile.open(file)) {
      state.put("command", "sleep 1");
      for (Trial trial : TRIALS) {
        state.add(trial);
      }
    }
    return file;
  }

  @Test
  void aStateCutOffAtAnyByteHasTheRunsBeforeIt() throws Exception {
    byte[] all = Files.readAllBytes(state());
    int before = 0;
    for (int length = 0; length <= all.length; length++) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(all, length));
      try (StateFile state = StateFile.open(cut)) {
        List<Trial> trials = state.trials();
        assertEquals(TRIALS.subList(0, trials.size()), trials);
        assertTrue(trials.size() >= before);
        before = trials.size();
        state.put("command", "sleep 1"); // a state without it gets it, with it nothing changes
        state.add(TRIALS.getFirst());
      }
      try (StateFile state = StateFile.open(cut)) {
        assertEquals(before + 1, state.trials().size());
        state.require("command", "sleep 1");
      }
    }
    assertEquals(TRIALS.size(), before);
  }

  @Test
  void aStateOfAnotherCommandIsRefused() throws Exception {
    try (StateFile state = StateFile.open(state())) {
      state.require("command", "sleep 1");
      state.require("machine", "any, because none is kept");
      CommandException refused =
          assertThrows(CommandException.class, () -> state.require("command", "sleep 2"));
      assertTrue(
          refused.getMessage().contains("whose command is not this one"), refused.getMessage());
      assertEquals(2, refused.exitCode());
    }
  }
}
