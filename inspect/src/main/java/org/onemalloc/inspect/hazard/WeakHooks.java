package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/** Weak references to an allocator's own functions, as in RocksDB and AWS-LC. */
final class WeakHooks implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      List<Call> hooks =
          part.module().calls().stream()
              .filter(call -> call.weak() && MallocFamily.JEMALLOC_EXTENDED.contains(call.symbol()))
              .toList();
      if (!hooks.isEmpty()) {
        found.add(hazard(view, part, hooks));
      }
    }
    return found;
  }

  private static Hazard hazard(HeapView view, Part part, List<Call> hooks) {
    List<Call> there = hooks.stream().filter(call -> call.provider().isPresent()).toList();
    String names = String.join(", ", hooks.stream().map(Call::symbol).toList());
    if (part.arrival() == Arrival.LOOSE) {
      return note(part, "%s refers to %s and works without.".formatted(part.name(), names));
    }
    if (there.isEmpty()) {
      return note(
          part,
          "%s: none of %s is defined: it works without.".formatted(part.name(), names),
          "The process's malloc is that of %s.".formatted(view.processHeap().orElse("nothing")));
    }
    if (there.size() == hooks.size()) {
      return note(
          part,
          "%s will use %s of %s."
              .formatted(part.name(), names, there.getFirst().provider().orElseThrow()));
    }
    return HazardKind.WEAK_HOOKS.at(
        part,
        Severity.WARNING,
        "%s: %s is defined by %s, and %s is not defined."
            .formatted(
                part.name(),
                String.join(", ", there.stream().map(Call::symbol).toList()),
                there.getFirst().provider().orElseThrow(),
                String.join(
                    ", ",
                    hooks.stream()
                        .filter(c -> c.provider().isEmpty())
                        .map(Call::symbol)
                        .toList())));
  }

  private static Hazard note(Part part, String... evidence) {
    return HazardKind.WEAK_HOOKS.at(part, Severity.NOTE, evidence);
  }
}
