package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.onemalloc.inspect.process.MallocProvider;

/**
 * Judges the programs of the kernel's record, so that those that no inspection met are judged too.
 */
final class RecordReview {
  private final ProcessCheck check;
  private final Findings findings;
  private final Predicate<ProgramHistory.Program> proven;
  private final List<String> withoutSettings = new ArrayList<>();
  private int asExpected;

  /**
   * Creates a review.
   *
   * @param check the judgement of one process
   * @param findings receives what is found
   * @param proven whether an inspection proved a program
   */
  RecordReview(ProcessCheck check, Findings findings, Predicate<ProgramHistory.Program> proven) {
    this.check = check;
    this.findings = findings;
    this.proven = proven;
  }

  /**
   * Reviews the programs of a run.
   *
   * @param history the history of the run, closed
   * @param withSettings whether an inspection found the settings of the variant in a program
   * @return the sentence for the evidence; empty if there is no record
   */
  String review(ProgramHistory history, Predicate<ProgramHistory.Program> withSettings) {
    check.expectation().change().ifPresent(findings::unseen);
    if (history.refusal().isPresent()) {
      findings.unseen(
          "What its processes executed between two looks is unknown, for the kernel tells it to root"
              + " and CAP_PERFMON, or where kernel.perf_event_paranoid is 2 or less ("
              + history.refusal().get()
              + ").");
      return "";
    }
    List<ProgramHistory.Program> judged = new ArrayList<>();
    findings.forgetWrappers(); // the record shows which of them did start a program
    for (ProgramHistory.Program program : history.programs()) {
      if (!check.expectation().isAnything()
          && program.started()
          && StaticWrapper.is(program.provider(), program.given())) {
        findings.wrapper(program.name());
      } else {
        judged.add(program);
      }
    }
    judged.forEach(program -> judge(program, withSettings));
    if (!withoutSettings.isEmpty()) {
      findings.unseen(
          "Whether %s had the settings of the variant is unknown: %s ended before that could be read,"
                  .formatted(listed(withoutSettings), withoutSettings.size() == 1 ? "it" : "they")
              + " or wrote over its environment.");
    }
    if (history.programs().isEmpty()) {
      findings.unseen("The kernel's record of the run is empty.");
    }
    if (history.lost() > 0) {
      findings.unseen(
          "The kernel had no room for %d events of its record: programs may be missing."
              .formatted(history.lost()));
    }
    return "The kernel's record has %s in %s, of which %d were served as expected."
        .formatted(
            counted(judged.size(), "program", "programs"),
            counted(history.processes(), "process", "processes"),
            asExpected);
  }

  private void judge(
      ProgramHistory.Program program, Predicate<ProgramHistory.Program> withSettings) {
    MallocProvider provider = program.provider();
    switch (provider.kind()) {
      case NOT_YET -> unseen(program, "the kernel's record shows no library of it");
      case UNKNOWN -> unseen(program, provider.reason());
      case STATIC_NONE ->
          unseen(program, "it is statically linked, without an allocator that is known here");
      default -> {
        Optional<String> contradiction =
            check.contradiction(program.toString(), provider, program.given(), program.java());
        if (contradiction.isPresent()) {
          findings.fail(program.pid(), contradiction.get());
          return;
        }
        asExpected++;
        findings.served(provider, program.name());
        if (!check.expectation().isAnything()) {
          findings.recorded(program.pid(), program.toString(), provider);
        }
        program
            .given()
            .flatMap(given -> check.settings().unread(program.toString(), given, program.java()))
            .ifPresent(findings::unseen);
        if (program.given().isEmpty() && !withSettings.test(program)) {
          unread(program, provider);
        }
      }
    }
  }

  /**
   * Notes a program whose environment was not read. It had its parent's unless the command changed
   * that for it alone. In a variant with settings, such a change (as by {@code env -i}) means that
   * the run measured something else; in one without, only an added setting does.
   */
  private void unread(ProgramHistory.Program program, MallocProvider provider) {
    if (check.needsSettings(provider, program.java())) {
      withoutSettings.add(program.toString());
    } else if (check.readsSettings(provider)) {
      findings.unread(program.name());
    }
  }

  private void unseen(ProgramHistory.Program program, String reason) {
    if (!proven.test(program) && !check.expectation().isAnything()) {
      findings.unseen("What " + program + " allocated with is unknown: " + reason + ".");
    }
  }

  private static String listed(List<String> names) {
    return names.size() <= 3
        ? String.join(" and ", names)
        : "%s and %d other programs".formatted(names.getFirst(), names.size() - 1);
  }

  private static String counted(int count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }
}
