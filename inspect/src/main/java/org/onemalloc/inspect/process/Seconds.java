package org.onemalloc.inspect.process;

import static org.onemalloc.inspect.result.AllocationFunction.GLIBC_ONLY;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.inspect.process.SecondAllocator.Use;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Finds out who uses the allocators of a process beside the provider of its malloc: the modules
 * whose calls the loader has bound to them.
 */
final class Seconds {
  private static final Set<String> QUERIES =
      Set.of(
          "mallctl",
          "mallctlnametomib",
          "mallctlbymib",
          "malloc_stats_print",
          "malloc_usable_size",
          "nallocx",
          "sallocx");

  private final Map<String, String> users = new LinkedHashMap<>();
  private final List<String> atStart = new ArrayList<>();

  Seconds(
      ProcessFiles files,
      Memory memory,
      List<Mapping> mappings,
      LoadedModule program,
      List<LinkMap.Entry> listed)
      throws IOException {
    List<LoadedModule> modules =
        new LoadedModules(files, mappings).all(program, listed, unread -> {});
    BoundSlots slots = new BoundSlots(memory, modules, mappings);
    for (LoadedModule module : modules) {
      for (Call call : calls(slots, module)) {
        call.provider()
            .filter(provider -> allocates(call.symbol()) && !provider.equals(module.path()))
            .ifPresent(
                provider ->
                    users.putIfAbsent(
                        provider, call.symbol() + " of " + module.path() + " is bound to it"));
      }
    }
    Set<LoadedModule> start = StartSet.of(program, modules, files.environment());
    start.forEach(module -> atStart.add(module.path()));
  }

  /** Returns false for calls that configure or query an allocator. */
  private static boolean allocates(String function) {
    return AllocationFunction.of(function).filter(kind -> kind != GLIBC_ONLY).isPresent()
        && !QUERIES.contains(function);
  }

  private static List<Call> calls(BoundSlots slots, LoadedModule module) throws IOException {
    try {
      return slots.of(module);
    } catch (ObjectFileException e) {
      return List.of();
    }
  }

  /** Judges one of the allocators. */
  SecondAllocator of(MappedFile file, FileFacts facts) {
    String name = file.formerName();
    String user = users.get(name);
    if (user != null) {
      return new SecondAllocator(file, Use.YES, user);
    }
    boolean idle = atStart.contains(name);
    return MallocProviders.second(
            file,
            facts,
            idle ? Use.NO : Use.UNKNOWN,
            idle ? "no call is bound to it" : "it was opened while the process ran")
        .orElseThrow();
  }
}
