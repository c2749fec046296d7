package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Two files of one process with one SONAME, or an allocator requested by a SONAME that another
 * library has: LWJGL's jemalloc has the distribution's SONAME but defines other names.
 */
final class SonameTwice implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    Map<String, Part> bySoname = new HashMap<>();
    for (Part part : view.members()) {
      Optional<String> soname = part.elf().flatMap(ElfFile::soname);
      Part first = soname.map(name -> bySoname.putIfAbsent(name, part)).orElse(null);
      if (first != null && !first.name().equals(part.name())) {
        found.add(twice(part, first, soname.get()));
      }
      part.elf().map(ElfFile::needed).orElse(List.of()).stream()
          .filter(AllocatorLibraries::isNameOfAllocator)
          .forEach(needed -> impostor(view, part, needed).ifPresent(found::add));
    }
    return found;
  }

  private static Hazard twice(Part part, Part first, String soname) {
    boolean allocators =
        part.elf().filter(AllocatorLibraries::isAllocator).isPresent()
            && first.elf().filter(AllocatorLibraries::isAllocator).isPresent();
    return HazardKind.SONAME_TWICE.at(
        part,
        allocators ? Severity.DANGER : Severity.WARNING,
        "%s and %s are both in the process and have the SONAME %s."
            .formatted(first.name(), part.name(), soname));
  }

  private static Optional<Hazard> impostor(HeapView view, Part part, String needed) {
    return view.answeringTo(needed)
        .filter(
            serving ->
                !HeapView.defines(serving, "malloc")
                    && part.module().calls().stream()
                        .noneMatch(call -> TwoHeaps.isPrefixed(call.symbol()))
                    && serving.elf().filter(AllocatorLibraries::isAllocator).isPresent())
        .map(
            serving ->
                HazardKind.SONAME_TWICE.at(
                    part,
                    Severity.DANGER,
                    "%s needs %s and gets %s, which has that SONAME and defines no malloc."
                        .formatted(part.name(), needed, serving.name()),
                    "The process's malloc is that of %s."
                        .formatted(view.processHeap().orElse("another"))));
  }
}
