package org.onemalloc.compare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;

class TextTableTest {
  private final Report report = Report.of(Fixture.realistic());

  @Test
  void looksAsApproved() throws Exception {
    try (InputStream golden = getClass().getResourceAsStream("table.txt")) {
      assertEquals(new String(golden.readAllBytes(), StandardCharsets.UTF_8), report.table(false));
    }
  }

  @Test
  void fitsAHundredColumns() {
    report
        .table(false)
        .lines()
        .filter(line -> !line.startsWith("    onemalloc ")) // to be copied, so not wrapped
        .forEach(line -> assertTrue(line.codePointCount(0, line.length()) <= 100, line));
  }

  @Test
  void coloursCarryNothingThatTheTextDoesNot() {
    String coloured = report.table(true);
    assertTrue(coloured.contains("\u001b[1;32m"));
    assertEquals(
        report.table(false), withoutTrailingBlanks(coloured.replaceAll("\u001b\\[[0-9;]*m", "")));
  }

  @Test
  void outputOfTheProgramCannotSteerTheTerminal() {
    Run run = Fixture.plainRun("evil\u001b]0;name\u0007", 1, 1, 1);
    Run evil = Fixture.with(run, Run.Outcome.failed(1, "\u001b[2Jgone\r\u009b31m \u202Etxt"));
    Comparison comparison =
        Fixture.comparison(
            List.of(Fixture.variant("system"), Fixture.variant(run.variant())), List.of(evil), 1);
    String table = Report.of(comparison).table(false);
    assertFalse(table.chars().anyMatch(c -> c != '\n' && Character.isISOControl(c)));
    assertFalse(table.contains("\u202E"));
    assertTrue(table.contains("[2Jgone"));
  }

  @Test
  void aComparisonWithoutRunsIsStillATable() {
    Comparison comparison =
        Fixture.comparison(List.of(Fixture.variant("system"), Fixture.variant("x")), List.of(), 5);
    assertTrue(Report.of(comparison).table(false).contains("no run was finished"));
    assertFalse(Report.of(comparison).sound());
  }

  @Test
  void whatWasSeenOfNoVariantIsSaidOnceAndIsNoFailure() {
    String reason = "The kernel does not tell.";
    Comparison comparison =
        Fixture.comparison(
            List.of(Fixture.variant("system"), Fixture.variant("x")),
            List.of(unseen("system", reason), unseen("x", reason)),
            1);
    Report report = Report.of(comparison);
    String table = report.table(false);
    assertEquals(1, table.split(reason, -1).length - 1, table);
    assertTrue(table.contains("○ system"), table);
    assertTrue(table.contains("○ x"), table);
    assertTrue(report.sound());
  }

  @Test
  void whatWasNotSeenIsToldInSentences() {
    Run.Proof proof =
        new Run.Proof(
            false, List.of(), List.of("a runs on b.so.", "c runs on d.so."), List.of(), List.of());
    String table = table(Fixture.with(Fixture.plainRun("system", 1, 1, 1), proof));
    assertTrue(table.contains("not proven: a runs on b.so. c runs on d.so."), table);
  }

  @Test
  void oneNoteNamesTheProgramsThatEndedTooSoon() {
    Run.Proof proof =
        new Run.Proof(true, List.of(), List.of(), List.of(), List.of("basename", "dirname"));
    String table = table(Fixture.with(Fixture.plainRun("system", 1, 1, 1), proof));
    assertTrue(table.contains("✓ system"), table);
    assertTrue(
        table.replaceAll("\\s+", " ").contains("basename, dirname ended before the environment"),
        table);
  }

  private static String table(Run run) {
    List<Variant> variants = List.of(Fixture.variant("system"));
    return Report.of(Fixture.comparison(variants, List.of(run), 1)).table(false);
  }

  private static Run unseen(String variant, String reason) {
    Run.Proof proof = new Run.Proof(false, List.of(), List.of(), List.of(reason), List.of());
    return Fixture.with(Fixture.plainRun(variant, 1, 1, 1), proof);
  }

  private static String withoutTrailingBlanks(String text) {
    return text.lines().map(String::stripTrailing).reduce("", (all, line) -> all + line + "\n");
  }
}
