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

/** A statically linked program: its malloc is inside, and it is the whole process's. */
final class StaticProgram {
  private StaticProgram() {}

  /**
   * Describes one. Which functions of the family it has, its symbol table says, unless it was
   * stripped; then only the texts of an allocator tell of it.
   *
   * @param arrival {@link Arrival#PROGRAM} for the one that is asked about, {@link Arrival#LOOSE}
   *     for one of several
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
