package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
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

  /** The calls that return or take a block in mimalloc, gperftools, and builds with a prefix. */
  private static final Pattern PREFIXED_ON_BLOCKS =
      Pattern.compile(
          "(je|mi|tc|rp|sn)_(heap_)?"
              + "([mczpv]?alloc|re[cz]?alloc|c?free|new|delete|strn?dup|realpath|expand"
              + "|memalign|posix_memalign|aligned_alloc|usable_size|malloc_size)\\w*");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.members()) {
      if (isAllocatorItself(part)) {
        continue;
      }
      Optional<String> heap = view.heapOf(part).or(view::processHeap);
      heap.map(h -> foreign(view, part, h))
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

  private static List<String> foreign(HeapView view, Part part, String heap) {
    List<String> evidence = new ArrayList<>();
    for (Call call : part.module().calls()) {
      Optional<String> provider = call.provider();
      if (provider.isPresent()
          && !provider.get().equals(heap)
          && mayMix(view, call.symbol(), provider.get())) {
        evidence.add(
            "%s: %s is bound to %s, and its malloc and free are those of %s."
                .formatted(part.name(), call.symbol(), provider.get(), heap));
      }
    }
    return evidence;
  }

  /**
   * Returns whether the call is on blocks that may also be those of malloc and free, as far as
   * whoever wrote the call could know: the provider defines malloc too, without a prefix. A block
   * of a build whose names all have a prefix is never given to free.
   */
  static boolean mayMix(HeapView view, String symbol, String provider) {
    return ON_BLOCKS.contains(symbol)
        || (PREFIXED_ON_BLOCKS.matcher(symbol).matches()
            && view.find(provider).filter(part -> HeapView.defines(part, "malloc")).isPresent());
  }
}
