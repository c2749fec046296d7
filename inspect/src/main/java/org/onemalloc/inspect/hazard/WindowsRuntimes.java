package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.windows.CRuntime;

/**
 * Modules of Windows that allocate and free with more than one C runtime, graded by whether these
 * share a heap.
 */
final class WindowsRuntimes implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      if (part.module().format().equals("pe")) {
        Map<CRuntime, String> runtimes = runtimes(part);
        if (runtimes.size() > 1) {
          found.add(hazard(part, runtimes));
        }
        HeapView.call(part, "HeapAlloc").map(call -> linkedIn(part, call)).ifPresent(found::add);
      }
    }
    return found;
  }

  /** Reports calls of Windows' own heap, only for modules that call no runtime's DLL. */
  private static Hazard linkedIn(Part part, Call call) {
    boolean own = HeapView.call(part, "HeapCreate").isPresent();
    return HazardKind.WINDOWS_RUNTIME_INSIDE.at(
        part,
        Severity.NOTE,
        "%s calls HeapAlloc of %s and no C runtime's malloc: a C runtime is linked in."
            .formatted(part.name(), call.provider().orElse("Windows")),
        own
            ? "It creates a heap of its own (HeapCreate)."
            : "It uses the process heap (GetProcessHeap), which the Universal CRT uses too.");
  }

  /** Returns each runtime with the first call that it provides. */
  private static Map<CRuntime, String> runtimes(Part part) {
    Map<CRuntime, String> runtimes = new LinkedHashMap<>();
    for (Call call : part.module().calls()) {
      call.provider()
          .flatMap(CRuntime::of)
          .ifPresent(runtime -> runtimes.putIfAbsent(runtime, call.symbol()));
    }
    return runtimes;
  }

  private static Hazard hazard(Part part, Map<CRuntime, String> runtimes) {
    CRuntime first = runtimes.keySet().iterator().next();
    boolean oneHeap =
        runtimes.keySet().stream().allMatch(runtime -> runtime.isOneHeapWith(first, true));
    List<String> evidence = new ArrayList<>();
    runtimes.forEach(
        (runtime, symbol) ->
            evidence.add("%s: %s is that of %s.".formatted(part.name(), symbol, runtime.name())));
    evidence.add(
        oneHeap
            ? "Both use the process heap, so plain malloc and free work across them."
            : "They use different heaps.");
    return HazardKind.WINDOWS_RUNTIMES_MIXED.at(
        part, oneHeap ? Severity.NOTE : Severity.DANGER, evidence);
  }
}
