package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.PrivateAllocator;

/** A second allocator in use: inside a module, or called by names of its own. */
final class TwoHeaps implements Rule {
  /** The allocating calls of builds with a prefix, such as LWJGL's. */
  private static final Pattern PREFIXED =
      Pattern.compile("(je|mi|tc|rp|sn)_(heap_)?([mcz]alloc|realloc|new)\\w*");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      List<String> evidence = new ArrayList<>();
      if (!PrivateCopy.isPrivateCopy(part)) {
        carried(view, part, evidence);
      }
      called(view, part, evidence);
      if (!evidence.isEmpty()) {
        found.add(HazardKind.TWO_HEAPS.at(part, Severity.WARNING, evidence));
      }
    }
    return found;
  }

  private static void carried(HeapView view, Part part, List<String> evidence) {
    boolean isTheHeap =
        HeapView.heapOfItself(part) || view.processHeap().equals(Optional.of(part.name()));
    if (part.arrival() != Arrival.LOOSE
        && part.elf().filter(AllocatorLibraries::isAllocator).isPresent()) {
      return; // an allocator's own library: its callers are reported
    }
    for (PrivateAllocator allocator : part.module().privateAllocators()) {
      if (!isTheHeap && !HeapView.defines(part, "malloc")) {
        evidence.add(
            "%s carries a %s of its own (%s)."
                .formatted(part.name(), allocator.name(), allocator.evidence()));
        if (part.arrival() == Arrival.PROGRAM) {
          evidence.add("No preloaded or linked malloc serves what it allocates with that.");
        }
      }
    }
  }

  /** Reports calls such as je_malloc whose provider is not the process's heap. */
  private static void called(HeapView view, Part part, List<String> evidence) {
    Optional<String> heap = view.processHeap();
    if (heap.equals(Optional.of(part.name()))) {
      return; // it forwards its calls
    }
    Map<String, List<String>> byProvider = new LinkedHashMap<>();
    for (Call call : part.module().calls()) {
      Optional<String> provider = call.provider();
      if (provider.isPresent()
          && heap.isPresent()
          && !provider.equals(heap)
          && !provider.get().equals(part.name())
          && isPrefixed(call.symbol())
          && !ExtendedCalls.mayMix(view, part, call.symbol(), provider.get())) {
        byProvider.computeIfAbsent(provider.get(), name -> new ArrayList<>()).add(call.symbol());
      }
    }
    byProvider.forEach(
        (provider, symbols) ->
            evidence.add(
                "%s calls %s of %s beside the process's heap, %s."
                    .formatted(part.name(), String.join(", ", symbols), provider, heap.get())));
  }

  static boolean isPrefixed(String symbol) {
    return PREFIXED.matcher(symbol).matches();
  }
}
