package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * Libraries that always use a malloc of their own: they search themselves first (DT_SYMBOLIC), or
 * were bound when they were linked (-Bsymbolic-functions leaves no relocation).
 */
final class Symbolic implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      if (part.module().role() != Role.HOST
          && HeapView.defines(part, "malloc")
          && HeapView.defines(part, "free")
          && !HeapView.isLibc(part)
          && !view.processHeap().equals(Optional.of(part.name()))) {
        reason(part).ifPresent(reason -> found.add(hazard(view, part, reason)));
      }
    }
    return found;
  }

  private static Hazard hazard(HeapView view, Part part, String reason) {
    String host =
        part.arrival() == Arrival.LOOSE
            ? "The program that loads it has a malloc of its own."
            : "The process's malloc is that of %s.".formatted(view.processHeap().orElse("another"));
    return HazardKind.SYMBOLIC.at(part, Severity.DANGER, reason, host);
  }

  private static Optional<String> reason(Part part) {
    if (isSymbolic(part) && refersToMalloc(part.elf().orElseThrow())) {
      return Optional.of(
          "%s defines malloc and free and searches itself first (DT_SYMBOLIC)."
              .formatted(part.name()));
    }
    if (part.elf().filter(elf -> !refersToMalloc(elf) && doesMoreThanAllocate(elf)).isPresent()) {
      return Optional.of(
          "%s defines malloc and free and no relocation of it refers to them: its own calls were"
                  .formatted(part.name())
              + " bound when it was linked.");
    }
    return Optional.empty();
  }

  /** Returns whether the part defines malloc and free and its own calls reach them. */
  static boolean keepsToItself(Part part) {
    return reason(part).isPresent();
  }

  static boolean isSymbolic(Part part) {
    return part.elf().filter(ElfFile::isSymbolic).isPresent();
  }

  private static boolean refersToMalloc(ElfFile elf) {
    List<ElfSymbol> symbols = elf.dynamicSymbols();
    return elf.relocations().stream()
        .mapToInt(relocation -> relocation.symbolIndex())
        .filter(index -> index > 0 && index < symbols.size())
        .mapToObj(index -> symbols.get(index).name())
        .anyMatch(name -> name.equals("malloc") || name.equals("free"));
  }

  /**
   * Returns false for an allocator's own library, which defines malloc for others and need not call
   * it.
   */
  static boolean doesMoreThanAllocate(ElfFile elf) {
    return elf.dynamicSymbols().stream()
        .filter(ElfSymbol::isExported)
        .map(ElfSymbol::name)
        .noneMatch(AllocatorLibraries::isOfAllocator);
  }
}
