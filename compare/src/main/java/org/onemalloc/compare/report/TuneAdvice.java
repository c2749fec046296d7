package org.onemalloc.compare.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.compare.Variant;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.Verdict;

/** What to do with the settings that a tuning has found. */
final class TuneAdvice {
  private TuneAdvice() {}

  /**
   * Returns the steps; none if there is nothing to do.
   *
   * @param profile the file of the profile that is written; empty for none
   */
  static List<Advice> of(TuneResult result, Optional<Path> profile) {
    Entry winner = result.winner().orElse(null);
    if (winner == null || winner.equals(result.baseline()) || !Verdict.of(result).usable()) {
      return List.of();
    }
    Variant variant = winner.candidate().variant();
    List<Advice> steps = new ArrayList<>();
    String command = Shell.line(result.request().measured().command());
    String allocator = Shell.quote(winner.candidate().allocator());
    boolean system = variant.library().isEmpty();
    if (profile.isPresent()) {
      String file = Shell.quote(profile.get().toString());
      steps.add(
          new Advice("once", "onemalloc run -a " + allocator + "+" + file + " -- " + command));
      if (!system) {
        String target =
            result.target().map(Path::toString).map(Shell::quote).orElse("PROGRAM-OR-JAVA-IMAGE");
        steps.add(
            new Advice(
                "for good",
                "onemalloc link %s -a %s --profile %s --verify"
                    .formatted(target, allocator, file)));
      }
    } else {
      steps.add(new Advice("once, by hand", Shell.line(variant)));
    }
    if (system) {
      variant
          .environment()
          .forEach(
              (name, value) ->
                  steps.add(
                      new Advice("in a Dockerfile", "ENV " + name + "=" + Shell.quote(value))));
      if (!variant.environment().containsKey("JAVA_TOOL_OPTIONS")) {
        variant
            .jvmFlags()
            .forEach(
                flag ->
                    steps.add(
                        new Advice(
                            "in a Dockerfile", "ENV JAVA_TOOL_OPTIONS=" + Shell.quote(flag))));
      }
    }
    return steps;
  }
}
