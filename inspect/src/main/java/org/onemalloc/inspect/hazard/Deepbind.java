package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Modules that were opened later and whose malloc and free are not those of the process. Only a
 * lookup that does not begin with the global scope can have that result (glibc, elf/dl-object.c:
 * RTLD_DEEPBIND; also dlmopen(3)), so the bindings of a live process show it too.
 */
final class Deepbind implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    Optional<String> heap = view.processHeap();
    for (Part part : view.members()) {
      boolean later = part.arrival() == Arrival.OPENED || part.arrival() == Arrival.DEEPBOUND;
      Optional<String> own = view.heapOf(part);
      if (later
          && own.isPresent()
          && heap.isPresent()
          && !own.equals(heap)
          && !own.get().equals(part.name())
          && !Symbolic.isSymbolic(part)) {
        found.add(
            HazardKind.DEEPBIND.at(
                part,
                Severity.DANGER,
                "%s: malloc and free are bound to %s.".formatted(part.name(), own.get()),
                ("The process's are those of %s, first in the global scope: it was opened with"
                        + " RTLD_DEEPBIND, or by dlmopen.")
                    .formatted(heap.get())));
      }
    }
    return found;
  }
}
