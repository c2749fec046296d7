package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ProcessLookup;

/** Functions of the malloc family that the replacement lacks and that a module calls. */
final class FamilyHoles implements Rule {
  private static final List<String> NEXT = List.of("malloc", "free");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    if (view.replacement().isEmpty()) {
      return found;
    }
    Part heap = view.replacement().get();
    if (heap.elf().filter(FamilyHoles::passesOn).isPresent()) {
      return found;
    }
    Set<String> lacking = new TreeSet<>(MallocFamily.REQUIRED);
    lacking.addAll(MallocFamily.SELDOM);
    lacking.addAll(MallocFamily.SECOND_NAMES);
    lacking.removeIf(name -> HeapView.defines(heap, name));
    for (Part part : view.members()) {
      if (part.elf().filter(ProcessLookup::isOne).isPresent()) {
        continue; // it answers with what its references are bound to, and calls none of them
      }
      List<String> evidence = new ArrayList<>();
      Set<String> symbols = new TreeSet<>();
      for (Call call : part.module().calls()) {
        if (lacking.contains(call.symbol())
            && call.provider().filter(view::isLibc).isPresent()
            && !HeapView.isLibc(part)) {
          symbols.add(call.symbol());
          evidence.add(
              "%s: %s is bound to %s, because %s lacks it; free is that of %s."
                  .formatted(
                      part.name(),
                      call.symbol(),
                      call.provider().get(),
                      heap.name(),
                      HeapView.provider(part, "free").orElse(heap.name())));
        }
      }
      if (!evidence.isEmpty()) {
        Severity severity = isPaired(symbols) ? Severity.WARNING : Severity.DANGER;
        found.add(HazardKind.FAMILY_WITH_HOLES.at(part, severity, evidence));
      }
    }
    return found;
  }

  /**
   * Returns whether all blocks that it takes from libc can be freed there: it calls glibc's second
   * names only, and one of them frees.
   */
  private static boolean isPaired(Set<String> symbols) {
    return symbols.size() > 1
        && symbols.contains("__libc_free")
        && MallocFamily.SECOND_NAMES.containsAll(symbols);
  }

  /**
   * Returns whether a malloc forwards to another, as that of a profiler does (gprofng): it looks
   * the next one up by name, and has no allocator inside. Then every block, and free, is the next
   * one's.
   */
  private static boolean passesOn(ElfFile malloc) {
    return malloc.imports("dlsym")
        && Texts.in(malloc, NEXT).containsAll(NEXT)
        && PrivateAllocators.in(malloc).isEmpty();
  }
}
