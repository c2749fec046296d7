package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Machine;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.compare.judge.VariantJudgement.Mark;
import org.onemalloc.text.Text;

/** Phrases that the table and the page share. */
final class Words {
  private Words() {}

  static String mark(Mark mark) {
    return switch (mark) {
      case PROVEN -> "✓";
      case PARTLY_SEEN -> "○";
      case UNPROVEN -> "?";
      case FAILED -> "✗";
      case MISSING -> "–";
    };
  }

  static String look(Mark mark) {
    return switch (mark) {
      case PROVEN -> "proven";
      case PARTLY_SEEN, UNPROVEN -> "unproven";
      case FAILED, MISSING -> "failed";
    };
  }

  static String proof(VariantJudgement variant) {
    int all = variant.runs().size();
    int counted = variant.counted().size();
    return switch (variant.mark()) {
      case PROVEN -> "proven in " + (all == 1 ? "its run" : "all " + all + " runs");
      case PARTLY_SEEN -> "not fully seen";
      case UNPROVEN -> counted == 0 ? "not proven" : "proven in " + counted + " of " + all;
      case FAILED -> counted == 0 ? "failed" : counted + " of " + all + " runs count";
      case MISSING -> "not run";
    };
  }

  static String noFigures(VariantJudgement variant) {
    return switch (variant.mark()) {
      case FAILED -> "failed: see below";
      case UNPROVEN -> "not proven, so not counted: see below";
      case PROVEN, PARTLY_SEEN, MISSING -> "no run was finished";
    };
  }

  static String rounds(Judgement judgement) {
    Comparison comparison = judgement.comparison();
    int done = comparison.rounds();
    String asked = comparison.roundsAsked() == 1 ? "1 round" : comparison.roundsAsked() + " rounds";
    String rounds =
        switch (comparison.end()) {
          case RUNNING -> done + " of " + asked;
          case ALL_ROUNDS -> asked;
          case DECIDED -> done + " rounds of at most " + comparison.roundsAsked() + ", decided";
          case INTERRUPTED, FAILED ->
              "stopped in round " + done + " of " + comparison.roundsAsked();
        };
    int variants = judgement.variants().size();
    return (variants == 1 ? "1 variant, " : variants + " variants, ") + rounds + ", interleaved";
  }

  static String machine(Machine machine) {
    List<String> parts = new ArrayList<>();
    parts.add(machine.processors() + (machine.processors() == 1 ? " CPU" : " CPUs"));
    parts.add(machine.libc());
    parts.add(machine.java().isBlank() ? "" : "Java " + machine.java());
    parts.removeIf(String::isBlank);
    return Text.escaped(String.join(", ", parts));
  }
}
