package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Programs that lock all their memory on mimalloc 3, which reserves address space by the gibibyte
 * ({@code mi_option_arena_reserve}, 1 GiB in its options table): mlockall(2) locks what is mapped,
 * used or not.
 */
final class LockedMemory implements Rule {
  private static final String CALL = "mlockall";
  private static final String SETTING = "MIMALLOC_ARENA_RESERVE";

  /** A function of mimalloc since version 3, also with the prefix of the bundled one. */
  private static final List<String> SINCE_THREE =
      List.of("mi_arena_min_size", MallocFamily.OWN_PREFIX + "mi_arena_min_size");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    Optional<Part> replacement = view.replacement().filter(LockedMemory::isMimalloc);
    if (replacement.isEmpty() || view.subject().environment().containsKey(SETTING)) {
      return found;
    }
    for (Part part : view.members()) {
      if (!HeapView.isLibc(part) && part.elf().filter(elf -> elf.imports(CALL)).isPresent()) {
        found.add(
            HazardKind.LOCKED_MEMORY.at(
                part,
                Severity.WARNING,
                part.name() + " calls mlockall.",
                "The process's malloc is that of %s.".formatted(replacement.get().name())));
      }
    }
    return found;
  }

  private static boolean isMimalloc(Part part) {
    return part.elf().filter(elf -> SINCE_THREE.stream().anyMatch(elf::exports)).isPresent();
  }
}
