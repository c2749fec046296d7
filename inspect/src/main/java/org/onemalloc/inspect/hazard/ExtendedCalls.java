package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;

/** Calls on blocks of one allocator in a module whose malloc and free are another's. */
final class ExtendedCalls implements Rule {
  /**
   * The calls of jemalloc(3) that return or take a block; the others ({@code nallocx}) only
   * compute.
   */
  static final Set<String> ON_BLOCKS =
      Set.of("mallocx", "rallocx", "xallocx", "sallocx", "dallocx", "sdallocx");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.members()) {
      if (isAllocatorItself(part)) {
        continue;
      }
      Optional<String> heap = view.heapOf(part).or(view::processHeap);
      heap.map(h -> foreign(part, h))
          .filter(evidence -> !evidence.isEmpty())
          .map(
              evidence ->
                  HazardKind.EXTENDED_CALLS_FROM_ANOTHER_PROVIDER.at(
                      part, Severity.DANGER, evidence))
          .ifPresent(found::add);
    }
    return found;
  }

  /**
   * Returns whether it is the allocator itself: jemalloc's operators call its sdallocx and malloc
   * by name.
   */
  private static boolean isAllocatorItself(Part part) {
    return part.elf()
        .flatMap(ElfFile::soname)
        .filter(AllocatorLibraries::isNameOfAllocator)
        .isPresent();
  }

  private static List<String> foreign(Part part, String heap) {
    List<String> evidence = new ArrayList<>();
    for (Call call : part.module().calls()) {
      Optional<String> provider = call.provider();
      if (ON_BLOCKS.contains(call.symbol())
          && provider.isPresent()
          && !provider.get().equals(heap)) {
        evidence.add(
            "%s: %s is bound to %s, and its malloc and free are those of %s."
                .formatted(part.name(), call.symbol(), provider.get(), heap));
      }
    }
    return evidence;
  }
}
