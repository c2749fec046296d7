package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Libraries whose every malloc and free is that of an allocator linked into them: it was built with
 * C's own names (its configuration variable has no prefix), and the library neither calls another
 * malloc or free nor defines them for others. Copies with a prefix are excluded: the code that
 * calls them names their heap.
 */
final class PrivateCopy implements Rule {
  /** jemalloc's configure makes the variable of the prefix; mimalloc's texts name no prefix. */
  private static final Pattern UNPREFIXED = Pattern.compile("(?<=\0)MALLOC_CONF(?=\0)");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      if (isPrivateCopy(part)) {
        found.add(
            HazardKind.PRIVATE_COPY.at(
                part,
                Severity.DANGER,
                "%s carries a jemalloc built without a prefix (its text MALLOC_CONF) and shows no"
                        .formatted(part.name())
                    + " malloc of it to others.",
                part.name() + " calls neither malloc nor free of its process."));
      }
    }
    return found;
  }

  static boolean isPrivateCopy(Part part) {
    Optional<ElfFile> elf = part.elf();
    return part.module().role() != Role.HOST
        && elf.isPresent()
        && part.module().privateAllocators().stream().anyMatch(a -> a.name().equals("jemalloc"))
        && HeapView.call(part, "malloc").isEmpty()
        && HeapView.call(part, "free").isEmpty()
        && !elf.get().imports("malloc")
        && !elf.get().imports("free")
        && !AllocatorLibraries.isAllocator(elf.get())
        && elf.get().findInReadOnlyData(UNPREFIXED).isPresent();
  }
}
