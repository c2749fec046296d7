package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.AllocationFunction;
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

  private static final Pattern OF_OPERATORS = Pattern.compile("(mi|tc)_(new|delete|free)\\w*");

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
    Map<String, List<String>> byProvider = new LinkedHashMap<>();
    for (Call call : part.module().calls()) {
      Optional<String> provider = call.provider();
      if (provider.isPresent()
          && !provider.get().equals(heap)
          && mayMix(view, part, call.symbol(), provider.get())) {
        byProvider.computeIfAbsent(provider.get(), name -> new ArrayList<>()).add(call.symbol());
      }
    }
    List<String> evidence = new ArrayList<>();
    byProvider.forEach(
        (provider, symbols) ->
            evidence.add(
                "%s: %s %s bound to %s, and its malloc and free are those of %s."
                    .formatted(
                        part.name(),
                        String.join(", ", symbols),
                        symbols.size() == 1 ? "is" : "are",
                        provider,
                        heap)));
    return evidence;
  }

  /**
   * Returns whether the call is on blocks that a module may also give to free, or has from malloc:
   * the provider defines malloc too, without a prefix, and the module calls malloc or free. A block
   * of a build whose names all have a prefix is never given to free. The operators of C++ that a
   * module defines itself by such calls, as with mimalloc-new-delete.h, only meet each other.
   */
  static boolean mayMix(HeapView view, Part part, String symbol, String provider) {
    if (ON_BLOCKS.contains(symbol)) {
      return true;
    }
    return PREFIXED_ON_BLOCKS.matcher(symbol).matches()
        && !(OF_OPERATORS.matcher(symbol).matches() && HeapView.defines(part, "_Znwm"))
        && view.find(provider).filter(its -> HeapView.defines(its, "malloc")).isPresent()
        && part.module().calls().stream().map(Call::symbol).anyMatch(ExtendedCalls::isOfFamily);
  }

  private static boolean isOfFamily(String symbol) {
    return AllocationFunction.allocates(symbol) || AllocationFunction.frees(symbol);
  }
}
