package org.onemalloc.compare.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.Kind;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.Comparer;
import org.onemalloc.compare.Machine;
import org.onemalloc.compare.Trials;

/** What must be the same for runs to be judged together. */
final class Identity {
  private Identity() {}

  static String command(TuneRequest request) {
    Comparer.Request measured = request.measured();
    List<String> parts = new ArrayList<>(measured.command());
    parts.add("idle " + measured.idle() + ", interval " + measured.interval());
    measured
        .load()
        .ifPresent(
            load ->
                parts.add(
                    String.join(
                        "\n",
                        load.load(),
                        load.before().orElse(""),
                        load.length().toString(),
                        load.rest().toString())));
    return String.join("\0", parts);
  }

  /** The memory is rounded, because the kernel keeps a little more or less of it at each start. */
  static String machine(Machine machine) {
    return String.join(
        "\n",
        Integer.toString(machine.processors()),
        machine.processorModel(),
        Long.toString(Math.round(machine.memoryBytes() / (double) (1 << 30))),
        machine.kernel(),
        machine.libc(),
        machine.transparentHugePages(),
        machine.java(),
        machine.tool());
  }

  static String goal(TuneRequest request) {
    return request.least()
        + "\n"
        + String.join("\n", request.within().stream().map(Constraint::text).sorted().toList());
  }

  static String candidates(List<Candidate> candidates) {
    return String.join(
        "\n",
        candidates.stream()
            .map(
                candidate ->
                    String.join(
                        "\t",
                        candidate.name(),
                        candidate.settings(),
                        candidate.variant().allocator(),
                        candidate.variant().library()))
            .toList());
  }

  /** Refuses settings in the environment, which would change all candidates. */
  static void requireNoSettings(Trials trials, List<String> allocators) {
    for (Kind kind : Kind.values()) {
      boolean wanted =
          allocators.stream().anyMatch(name -> name.contains("/") || name.startsWith(kind.word()));
      Optional<String> given = wanted ? trials.givenSetting(kind) : Optional.empty();
      if (given.isPresent()) {
        throw CommandException.unusable(
            "%s is set in the environment and would change the candidates: unset it."
                .formatted(given.get()));
      }
    }
  }
}
