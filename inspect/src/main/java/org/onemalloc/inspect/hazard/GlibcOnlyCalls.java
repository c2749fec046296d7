package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Calls of malloc_trim, mallopt, mallinfo and the like that reach glibc while another allocator
 * serves the process (glibc manual, "Replacing malloc").
 */
final class GlibcOnlyCalls implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    if (view.replacement().isEmpty()) {
      return found;
    }
    for (Part part : view.members()) {
      List<String> calls =
          part.module().calls().stream()
              .filter(call -> call.provider().filter(view::isLibc).isPresent())
              .map(Call::symbol)
              .filter(MallocFamily.GLIBC_ONLY::contains)
              .distinct()
              .toList();
      if (!calls.isEmpty() && !HeapView.isLibc(part)) {
        found.add(
            HazardKind.GLIBC_ONLY_CALLS.at(
                part,
                Severity.WARNING,
                "%s calls %s of libc.".formatted(part.name(), String.join(", ", calls)),
                "The process's malloc is that of %s.".formatted(view.processHeap().get())));
      }
    }
    return found;
  }
}
