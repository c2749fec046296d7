package org.onemalloc.compare.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.onemalloc.compare.Fixture.plainRun;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;
import org.onemalloc.compare.judge.VariantJudgement.Mark;

class JudgeTest {
  @Test
  void aVariantEqualToTheBaselineIsNoDifference() {
    Judgement judgement = judge(5, (round, name) -> plainRun(name, round, 10 + round, 300), "twin");
    assertEquals(
        "no difference (memory within ±0 %, time within ±0 %)",
        judgement.rivals().getFirst().verdict());
    assertEquals("No variant differs from system.", judgement.recommendation().text());
  }

  @Test
  void noiseAloneIsSeldomCalledADifference() {
    int called = 0;
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Judgement judgement =
          judge(5, (round, name) -> noisy(name, round, random), "a", "b", "c", "d", "e", "f");
      boolean any =
          judgement.rivals().stream()
              .flatMap(variant -> variant.figures().values().stream())
              .map(Summary::difference)
              .anyMatch(d -> d == Difference.LOWER || d == Difference.HIGHER);
      called += any ? 1 : 0;
    }
    assertTrue(called <= 20, called + " of 200 comparisons of equals called a difference");
  }

  @Test
  void oneNoteNamesAllVariantsThatScatterMore() {
    Random random = new Random(1);
    Judgement judgement =
        judge(
            5,
            (r, name) -> {
              double wild = name.startsWith("wild") ? Math.exp(0.5 * random.nextGaussian()) : 1;
              return plainRun(name, r, 10 * wild + 0.001 * r, 300);
            },
            "a",
            "wild",
            "wilder",
            "b");
    List<String> notes =
        judgement.notes().stream().filter(note -> note.contains("own runs")).toList();
    assertEquals(1, notes.size(), judgement.notes().toString());
    assertTrue(notes.getFirst().contains("wild"), notes.getFirst());
  }

  @Test
  void lessMemoryAtNoCostIsRecommended() {
    Judgement judgement =
        judge(5, (r, name) -> plainRun(name, r, 10, (name.equals("lean") ? 200 : 300) + r), "lean");
    assertEquals(
        "33 % lower peak (−33 … −33 %), 33 % less memory over time; CPU and wall time no different",
        judgement.rivals().getFirst().verdict());
    assertEquals(
        "For memory take lean: 33 % lower peak and 33 % less memory over time than system; CPU and"
            + " wall time no different.",
        judgement.recommendation().text());
  }

  @Test
  void worseIsSaidPlainly() {
    Judgement judgement =
        judge(5, (r, name) -> plainRun(name, r, 10, (name.equals("fat") ? 400 : 300) + r), "fat");
    assertTrue(judgement.rivals().getFirst().verdict().startsWith("33 % higher peak (+"));
    assertEquals(
        "Stay with system: no variant is better on the whole, and some are worse.",
        judgement.recommendation().text());
  }

  @Test
  void theSimplerOfTwoEquallyGoodVariantsIsRecommended() {
    Judgement judgement =
        judge(
            5,
            (r, name) -> {
              double memory = name.equals("simple") ? 202 : name.equals("other") ? 200 : 300;
              return plainRun(name, r, 10, memory + r);
            },
            "simple",
            "other");
    assertTrue(judgement.recommendation().text().startsWith("For memory take simple:"));
  }

  @Test
  void whatMemoryCostsInTimeIsSaid() {
    Judgement judgement =
        judge(
            5,
            (r, name) ->
                name.equals("slow")
                    ? plainRun(name, r, 12, 200 + r)
                    : plainRun(name, r, 10, 300 + r),
            "slow");
    assertTrue(
        judgement
            .recommendation()
            .text()
            .endsWith("; the price is 20 % more CPU time and 20 % more wall time."));
  }

  @Test
  void runsThatDoNotCountEnterNoFigure() {
    Judgement judgement =
        judge(
            3,
            (r, name) ->
                name.equals("shaky") && r == 2
                    ? failed(plainRun(name, r, 10, 9000))
                    : plainRun(name, r, 10, 300),
            "shaky");
    VariantJudgement shaky = judgement.rivals().getFirst();
    Summary peak = shaky.figures().get(Figure.PEAK);
    assertEquals(2, peak.runs());
    assertEquals(300 * (double) Fixture.MB, peak.max());
    assertEquals(2, peak.ratio().orElseThrow().pairs());
    assertEquals(Mark.FAILED, shaky.mark());
    assertEquals(List.of("1 of 3 runs failed with exit code 9:\nkilled"), shaky.problems());
  }

  @Test
  void aVariantWithAFailedRunIsNotRecommended() {
    Judgement judgement =
        judge(
            5,
            (r, name) -> {
              Run run = plainRun(name, r, 10, name.equals("shaky") ? 100 + r : 300 + r);
              return name.equals("shaky") && r == 2 ? failed(run) : run;
            },
            "shaky");
    assertEquals(
        Difference.LOWER, judgement.rivals().getFirst().figures().get(Figure.PEAK).difference());
    assertTrue(judgement.recommendation().text().startsWith("No verdict"));
  }

  @Test
  void onePairGivesNoVerdict() {
    Judgement judgement = judge(1, (r, name) -> plainRun(name, r, 10, 300), "other");
    VariantJudgement other = judgement.rivals().getFirst();
    assertEquals(
        "no verdict: 2 or more runs in the same rounds as the baseline's are needed",
        other.verdict());
    assertTrue(judgement.recommendation().text().startsWith("No verdict"));
    assertEquals(Optional.empty(), other.figures().get(Figure.PEAK).ratio());
  }

  @Test
  void onlyRoundsThatBothFinishedArePaired() {
    List<Run> runs = new ArrayList<>();
    for (int round = 1; round <= 4; round++) {
      runs.add(plainRun("system", round, 10 * round, 300));
      if (round < 4) {
        runs.add(plainRun("other", round, 20 * round, 300));
      }
    }
    VariantJudgement other = Judge.judge(comparison(runs, 4, "other")).rivals().getFirst();
    Ratio wall = other.figures().get(Figure.WALL).ratio().orElseThrow();
    assertEquals(3, wall.pairs());
    assertEquals(2, wall.estimate(), 1e-9);
    assertTrue(wall.high() - wall.low() < 1e-6);
  }

  @Test
  void aComparisonStoppedBeforeAnyRunSaysSo() {
    Judgement judgement = Judge.judge(comparison(List.of(), 5, "other"));
    assertEquals("no run was finished", judgement.rivals().getFirst().verdict());
    assertEquals(
        "No verdict: system, the baseline, has no run that counts.",
        judgement.recommendation().text());
  }

  @Test
  void aComparisonNeedsAVariant() {
    Comparison nothing = Fixture.comparison(List.of(), List.of(), 5);
    assertThrows(IllegalArgumentException.class, () -> Judge.judge(nothing));
  }

  @Test
  void meanMemoryIsWeightedByTime() {
    Run run = plainRun("system", 1, 10, 100);
    List<Run.Sample> samples =
        List.of(
            new Run.Sample(0, 0, 100, 1),
            new Run.Sample(10, 0, 100, 1),
            new Run.Sample(11, 0, 300, 1),
            new Run.Sample(20, 0, 300, 1));
    Run uneven = Fixture.with(run, samples);
    assertEquals((1000 + 200 + 2700) / 20.0, Figure.MEAN.of(uneven).orElseThrow(), 1e-9);
  }

  @Test
  void pageFaultsAreShownAndNeverJudged() {
    Judgement judgement = Judge.judge(Fixture.realistic());
    Summary faults = judgement.variants().get(4).figures().get(Figure.FAULTS);
    assertTrue(faults.ratio().isPresent());
    assertEquals(Difference.UNKNOWN, faults.difference());
  }

  @Test
  void unprovenAndFailedVariantsHaveNoFigures() {
    Judgement judgement = Judge.judge(Fixture.realistic());
    assertEquals(Mark.UNPROVEN, judgement.variants().get(2).mark());
    assertEquals(Mark.FAILED, judgement.variants().get(5).mark());
    assertTrue(judgement.variants().get(2).figures().isEmpty());
    assertTrue(judgement.variants().get(5).figures().isEmpty());
    assertFalse(judgement.variants().get(4).figures().isEmpty());
  }

  private interface Runs {
    Run of(int round, String variant);
  }

  private static Judgement judge(int rounds, Runs runs, String... rivals) {
    List<Run> all = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      all.add(runs.of(round, "system"));
      for (String rival : rivals) {
        all.add(runs.of(round, rival));
      }
    }
    return Judge.judge(comparison(all, rounds, rivals));
  }

  private static Comparison comparison(List<Run> runs, int rounds, String... rivals) {
    List<Variant> variants =
        Stream.concat(Stream.of("system"), Stream.of(rivals)).map(Fixture::variant).toList();
    return Fixture.comparison(variants, runs, rounds);
  }

  private static Run noisy(String variant, int round, Random random) {
    double seconds = 10 * Math.exp(0.05 * random.nextGaussian());
    return plainRun(variant, round, seconds, 300 * Math.exp(0.05 * random.nextGaussian()));
  }

  private static Run failed(Run run) {
    return Fixture.with(run, Run.Outcome.failed(9, "killed"));
  }
}
