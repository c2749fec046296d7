package org.onemalloc.compare.tune;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.Comparer;

/**
 * A request to find settings.
 *
 * @param measured the command, and the way in which its runs are measured
 * @param allocators names or paths of allocators; empty for the usual ones
 * @param least the name of the figure that is to be as good as possible: {@code idle}, {@code
 *     peak}, {@code mean}, {@code end}, {@code cpu}, {@code wall}, or one that the load reports
 * @param within what must not become worse
 * @param budget how much may be measured
 * @param state the file in which the runs are kept
 */
public record TuneRequest(
    Comparer.Request measured,
    List<String> allocators,
    String least,
    List<Constraint> within,
    Budget budget,
    Path state) {
  private static final Pattern CHANGED =
      Pattern.compile("(system|shipped|mimalloc|jemalloc|tcmalloc|snmalloc)[^/]*\\+.*|.*\\+tuned");

  /**
   * Copies the lists and checks them.
   *
   * @throws CommandException if an allocator is named with settings or twice, or a figure has two
   *     limits
   */
  public TuneRequest {
    allocators = List.copyOf(allocators);
    within = List.copyOf(within);
    Optional<String> changed =
        allocators.stream().filter(name -> CHANGED.matcher(name).matches()).findFirst();
    if (changed.isPresent()) {
      throw CommandException.unusable(
          "-a %s: name the allocator alone, its settings are what is to be found."
              .formatted(changed.get()));
    }
    if (new HashSet<>(allocators).size() < allocators.size()) {
      throw CommandException.unusable(
          "an allocator is named twice in " + String.join(",", allocators) + ": name each once.");
    }
    if (within.stream().map(Constraint::figure).distinct().count() < within.size()) {
      throw CommandException.unusable("--within names a figure twice: give each figure one limit.");
    }
  }
}
