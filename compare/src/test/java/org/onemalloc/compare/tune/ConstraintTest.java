package org.onemalloc.compare.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.server.Measured;

class ConstraintTest {
  private static final List<Figure> FIGURES =
      Figure.of(
          List.of(
              Fixture.with(
                  Fixture.plainRun("system", 1, 1, 100),
                  new Run.Load(
                      1,
                      List.of(
                          new Measured("requests/s", "", 100, true),
                          new Measured("GET p99", "ms", 2, false))))));

  @Test
  void allowsAPartMore() {
    Constraint constraint = Constraint.parse("cpu+2.5%");
    assertEquals("cpu+2.5%", constraint.text());
    assertEquals(1.025, constraint.limit(Figure.CPU), 1e-12);
    assertEquals("cpu+10%", Constraint.parse("cpu+10%").text());
    assertEquals(1, Constraint.parse("wall+0%").limit(Figure.WALL));
  }

  @Test
  void allowsAPartLessOfWhatIsBetterHigh() {
    Figure rate = Names.find("--within", "requests/s", FIGURES);
    assertEquals(1 / 0.98, Constraint.parse("requests/s-2%").limit(rate), 1e-12);
    CommandException refused =
        assertThrows(CommandException.class, () -> Constraint.parse("requests/s+2%").limit(rate));
    assertTrue(refused.getMessage().contains("write requests/s-2%"), refused.getMessage());
    assertThrows(CommandException.class, () -> Constraint.parse("cpu-2%").limit(Figure.CPU));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cpu", "cpu+2", "+2%", "cpu+%", "cpu+2%%", "cpu+99999%", "r-100%"})
  void refusesWhatIsNoLimit(String text) {
    CommandException refused = assertThrows(CommandException.class, () -> Constraint.parse(text));
    assertEquals(2, refused.exitCode());
  }

  @Test
  void findsAFigureByItsNameOrTheEndOfIt() {
    assertEquals("GET p99", Names.find("--least p99", "p99", FIGURES).key());
    assertEquals(Figure.PEAK, Names.find("--least peak", "peak", FIGURES));
    CommandException unknown =
        assertThrows(CommandException.class, () -> Names.find("--least x", "x", FIGURES));
    assertTrue(unknown.getMessage().contains("it had requests/s, GET p99"), unknown.getMessage());
    CommandException idle =
        assertThrows(CommandException.class, () -> Names.find("--least idle", "idle", List.of()));
    assertTrue(idle.getMessage().contains("--idle S"), idle.getMessage());
  }

  @Test
  void aBudgetAllowsRunsUntilItIsUsed() {
    assertTrue(new Budget.Runs(10).allows(6, 0, 4, 0));
    assertFalse(new Budget.Runs(10).allows(7, 0, 4, 0));
    assertTrue(new Budget.Usual().allows(6, 0, 4, 10));
    Budget minute = new Budget.Time(Duration.ofMinutes(1));
    long ten = Duration.ofSeconds(10).toNanos();
    assertTrue(minute.allows(2, 2 * ten, 4, 0));
    assertFalse(minute.allows(2, 2 * ten, 5, 0));
  }
}
