package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Allocators that are in the process from the start and that no reference is bound to: the loader
 * finds another malloc first, usually libc's (the order of DT_NEEDED, breadth first). A library
 * that allocates itself is excluded: it uses its host's malloc, or {@link Symbolic} reports it.
 */
final class IdleAllocator implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    if (view.processHeap().isEmpty()) {
      return found;
    }
    String heap = view.processHeap().get();
    for (Part part : view.members()) {
      if (part.arrival() == Arrival.START
          && !HeapView.isLibc(part)
          && !HeapView.isLoader(part)
          && HeapView.defines(part, "malloc")
          && HeapView.defines(part, "free")
          && !heap.equals(part.name())
          && isMeantToServe(part)
          && isUnused(view, part)) {
        found.add(
            HazardKind.ALLOCATOR_SERVES_NOBODY.at(
                part,
                Severity.WARNING,
                "%s defines malloc and free, and no call in this process is bound to it."
                    .formatted(part.name()),
                "The loader finds the malloc of %s first.".formatted(heap)));
      }
    }
    return found;
  }

  /** Returns whether it is an allocator's own library, or one that allocates nothing itself. */
  private static boolean isMeantToServe(Part part) {
    return part.elf().filter(elf -> !Symbolic.doesMoreThanAllocate(elf)).isPresent()
        || (part.module().calls().isEmpty() && !Symbolic.keepsToItself(part));
  }

  private static boolean isUnused(HeapView view, Part allocator) {
    return view.members().stream()
        .filter(part -> !part.equals(allocator) && !HeapView.isCppRuntime(part))
        .flatMap(part -> part.module().calls().stream())
        .noneMatch(call -> call.provider().filter(allocator.name()::equals).isPresent());
  }
}
