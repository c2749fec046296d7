package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.onemalloc.allocators.JemallocPages;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;

/** Builds of jemalloc for pages smaller than a kernel of their architecture may have. */
final class PageSize implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      if (part.elf().filter(elf -> mayBeJemalloc(part, elf)).isPresent()) {
        judge(view, part, part.elf().get(), found);
      }
    }
    return found;
  }

  /**
   * Returns whether the file shows signs of jemalloc: only then is its code read, which takes time.
   */
  private static boolean mayBeJemalloc(Part part, ElfFile elf) {
    return elf.exports("mallctl")
        || elf.exports("je_mallctl")
        || part.module().privateAllocators().stream().anyMatch(a -> a.name().equals("jemalloc"));
  }

  private static void judge(HeapView view, Part part, ElfFile elf, List<Hazard> found) {
    OptionalLong built = JemallocPages.largest(elf);
    OptionalLong kernel = view.subject().pageSize();
    if (built.isEmpty()) {
      return;
    }
    String evidence =
        "%s was built for pages of up to %d KiB.".formatted(part.name(), built.getAsLong() / 1024);
    if (kernel.isPresent() && built.getAsLong() < kernel.getAsLong()) {
      found.add(
          HazardKind.PAGE_SIZE.at(
              part,
              Severity.DANGER,
              evidence,
              "The pages of this kernel have %d KiB.".formatted(kernel.getAsLong() / 1024)));
    } else if (kernel.isEmpty() && built.getAsLong() < elf.machine().maxPageSize()) {
      found.add(
          HazardKind.PAGE_SIZE.at(
              part,
              Severity.WARNING,
              evidence,
              "Kernels of %s have pages of up to %d KiB."
                  .formatted(elf.machine().name(), elf.machine().maxPageSize() / 1024)));
    }
  }
}
