package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Calls that configure or query one allocator, in a module whose blocks are another's: Redis reads
 * jemalloc's statistics to decide whether to defragment.
 */
final class ControlCalls implements Rule {
  /** jemalloc(3). */
  private static final Set<String> OF_JEMALLOC =
      Set.of("mallctl", "mallctlnametomib", "mallctlbymib", "malloc_stats_print");

  /** gperftools' malloc_extension_c.h and malloc_extension.h. */
  private static final List<String> OF_TCMALLOC =
      List.of("MallocExtension_", "_ZN15MallocExtension");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.members()) {
      Optional<String> heap = view.heapOf(part).or(view::processHeap);
      if (heap.isPresent() && part.elf().filter(AllocatorLibraries::isAllocator).isEmpty()) {
        List<String> evidence = evidence(part, heap.get());
        if (!evidence.isEmpty()) {
          found.add(HazardKind.CONTROL_OF_ANOTHER_HEAP.at(part, Severity.WARNING, evidence));
        }
      }
    }
    return found;
  }

  private static List<String> evidence(Part part, String heap) {
    Map<String, Set<String>> byProvider = new LinkedHashMap<>();
    for (Call call : part.module().calls()) {
      call.provider()
          .filter(provider -> isControl(call.symbol()) && !provider.equals(heap))
          .filter(provider -> !provider.equals(part.name()))
          .ifPresent(
              provider ->
                  byProvider.computeIfAbsent(provider, name -> new TreeSet<>()).add(call.symbol()));
    }
    List<String> evidence = new ArrayList<>();
    byProvider.forEach(
        (provider, symbols) ->
            evidence.add(
                "%s calls %s of %s, and its malloc and free are those of %s."
                    .formatted(part.name(), String.join(", ", symbols), provider, heap)));
    return evidence;
  }

  private static boolean isControl(String symbol) {
    return OF_JEMALLOC.contains(symbol) || OF_TCMALLOC.stream().anyMatch(symbol::startsWith);
  }
}
