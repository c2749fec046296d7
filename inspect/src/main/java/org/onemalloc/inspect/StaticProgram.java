package org.onemalloc.inspect;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.inspect.hazard.Arrival;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/** A statically linked program, whose malloc is inside and serves the whole process. */
final class StaticProgram {
  private StaticProgram() {}

  /**
   * Describes a program. Its symbol table shows which functions of the family it has; if it was
   * stripped, only the texts of an allocator show that.
   *
   * @param arrival {@link Arrival#PROGRAM} for the inspected program, {@link Arrival#LOOSE} for one
   *     of several
   */
  static Part describe(ElfFile file, Arrival arrival) {
    Set<String> family = new TreeSet<>();
    for (ElfSymbol symbol : symbols(file)) {
      if (symbol.isDefined() && AllocationFunction.isReplaceable(symbol.name())) {
        family.add(symbol.name());
      }
    }
    boolean known = family.contains("malloc");
    List<PrivateAllocator> inside = PrivateAllocators.in(file);
    List<Call> calls =
        known || !inside.isEmpty()
            ? List.of(new Call("malloc", Optional.empty(), false, Optional.of(file.name())))
            : List.of();
    NativeModule module =
        new NativeModule(
            file.name(),
            "elf",
            file.machine().name(),
            Role.HOST,
            calls,
            List.copyOf(family),
            inside);
    return new Part(module, Optional.of(file), arrival);
  }

  private static List<ElfSymbol> symbols(ElfFile file) {
    try {
      return file.linkerSymbols();
    } catch (ObjectFileException e) {
      return List.of();
    }
  }
}
