package org.onemalloc.bugs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Checked mode finds every mistake that it promises to find, and reports nothing in a correct
 * program.
 */
@Tag("slow")
class BugsTest {
  private static final String[] LOOP = {"10000", "100"};

  private static Bug bug(String name) {
    return Bugs.all().stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
  }

  /** All but reads, which leave no trace unless they fault. */
  @TestFactory
  Stream<DynamicTest> everyMistakeIsFoundInFull() {
    return Bugs.all().stream()
        .filter(bug -> !bug.kind().equals(Bug.READ))
        .map(bug -> DynamicTest.dynamicTest(bug.name(), () -> foundInFull(bug)));
  }

  private static void foundInFull(Bug bug) throws Exception {
    Trial trial = Trial.run(Mode.FULL, bug);
    assertEquals(Outcome.FOUND, trial.outcome(), trial.output());
  }

  /**
   * A fault counts as found: the process ends at the access itself, before anything could report
   * it.
   */
  @TestFactory
  @Tag("long")
  Stream<DynamicTest> everyMistakeIsFoundWhereReadsAreChecked() {
    return Bugs.all().stream()
        .map(bug -> DynamicTest.dynamicTest(bug.name(), () -> foundWithReads(bug)));
  }

  private static void foundWithReads(Bug bug) throws Exception {
    Trial trial = Trial.run(Mode.READS, bug);
    assertTrue(trial.outcome().found(), trial.outcome() + "\n" + trial.output());
    if (bug.kind().equals(Bug.READ)) {
      assertEquals(Outcome.FAULT, trial.outcome(), trial.output());
    }
  }

  @Test
  void thereAreAtLeastFortyOfThem() {
    assertTrue(Bugs.all().stream().filter(bug -> !bug.kind().equals(Bug.READ)).count() >= 40);
  }

  @Test
  void reportsNameTheBlockAndBothSites() throws Exception {
    String text = Trial.run(Mode.FULL, bug("twice-on-another-thread")).output();
    assertTrue(text.contains("the block: 64 bytes at 0x"), text);
    assertTrue(text.contains("found by thread elsewhere\n    at "), text);
    String allocated =
        "allocated by thread main\n    at " + FreeBugs.class.getName() + ".elsewhere";
    assertTrue(text.contains(allocated), text);
    assertTrue(text.contains("freed by thread main\n    at " + FreeBugs.class.getName()), text);
  }

  @TestFactory
  Stream<DynamicTest> nothingIsFoundWhereNothingIsWrong() {
    Bug clean = Bug.of("clean", "", () -> {});
    return Stream.of(Mode.values())
        .filter(mode -> mode.library() == Library.HEAP)
        .map(
            mode ->
                DynamicTest.dynamicTest(
                    mode.label(),
                    () -> {
                      Trial trial = Trial.run(mode, clean);
                      assertEquals(Outcome.SILENT, trial.outcome(), trial.output());
                      assertEquals("", trial.output());
                    }));
  }

  @Test
  void aFaultInAGuardedBlockNamesTheAllocationAndTheFree() throws Exception {
    Trial trial = Trial.run(Mode.SAMPLED, bug("read-after-free"), LOOP);
    assertEquals(Outcome.FAULT, trial.outcome(), trial.output());
    String labels = Trial.fault(trial.crash());
    String site = "thread main: " + StaleBugs.class.getName() + ".readFreed(StaleBugs.java:";
    assertTrue(labels.contains("64 B at 0x"), labels);
    assertTrue(labels.contains("allocated by " + site), labels);
    assertTrue(labels.contains("freed by " + site), labels);
  }

  @Test
  void aFaultPastAGuardedBlockNamesTheAllocation() throws Exception {
    Trial trial = Trial.run(Mode.SAMPLED, bug("read-past-end"), LOOP);
    assertEquals(Outcome.FAULT, trial.outcome(), trial.output());
    String labels = Trial.fault(trial.crash());
    assertTrue(labels.contains("allocated by thread main: " + StaleBugs.class.getName()), labels);
  }

  @TestFactory
  Stream<DynamicTest> theFreeOfAGuardedBlockFindsTheMistake() {
    return Stream.of(
            "size-one-more",
            "alignment-more",
            "twice-at-once",
            "address-16-inside",
            "past-end-of-an-odd-size",
            "before-start-by-one",
            "leak-of-a-block")
        .map(name -> DynamicTest.dynamicTest(name, () -> foundInSampled(bug(name))));
  }

  private static void foundInSampled(Bug bug) throws Exception {
    Trial trial = Trial.run(Mode.SAMPLED, bug, LOOP);
    assertEquals(Outcome.FOUND, trial.outcome(), trial.output());
  }

  @Test
  void findingsMayBePrintedInstead() throws Exception {
    Bug bug = bug("twice-at-once");
    Bug printed =
        new Bug(bug.name(), bug.kind(), bug.body(), List.of("-Donemalloc.checked.findings=print"));
    Trial trial = Trial.run(Mode.FULL, printed);
    assertEquals(Outcome.FOUND, trial.outcome(), trial.output());
    assertTrue(trial.output().contains(Main.DONE), trial.output());
  }

  @Test
  void anUnknownValueIsOneSentence() throws Exception {
    refused(
        Mode.OFF,
        "-Donemalloc.checked=ful",
        "The system property onemalloc.checked is \"ful\": it must be one of off, sampled, full.");
    refused(
        Mode.FULL,
        "-Donemalloc.checked.reads=yes",
        "The system property onemalloc.checked.reads is \"yes\": it must be one of true, false.");
  }

  private static void refused(Mode mode, String option, String sentence) throws Exception {
    Bug bug = new Bug("leak-of-a-block", "", () -> {}, List.of(option));
    Trial trial = Trial.run(mode, bug);
    assertTrue(trial.output().contains(sentence), trial.output());
    assertFalse(trial.output().contains(Main.DONE), trial.output());
  }
}
