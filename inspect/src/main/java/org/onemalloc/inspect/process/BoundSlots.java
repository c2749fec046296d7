package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfRelocation;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ElfType;

/**
 * The addresses that a module's calls of the malloc family lead to: the slots of its relocations in
 * the memory of the process, as the loader, or code that patched them later, has set them.
 *
 * <p>A slot that leads back into the module's own procedure linkage table belongs to a lazy call
 * that has not been made; it will be bound at the first call (gABI, "Procedure Linkage Table"). A
 * slot that {@code profile} has replaced counts as what the profiler's function calls ({@link
 * ProfilerLibrary}).
 */
final class BoundSlots {
  private final Memory memory;
  private final List<LoadedModule> modules;
  private final List<Mapping> mappings;
  private final Map<String, Boolean> profilers = new HashMap<>();

  BoundSlots(Memory memory, List<LoadedModule> modules, List<Mapping> mappings) {
    this.memory = memory;
    this.modules = modules;
    this.mappings = mappings;
  }

  /**
   * Returns the calls of one module with the provider of each; a function occurs twice if two of
   * its slots lead to different places.
   *
   * @throws IOException if the process has ended
   * @throws ObjectFileException if a table of the module is malformed
   */
  List<Call> of(LoadedModule module) throws IOException {
    List<ElfSymbol> symbols = module.file().dynamicSymbols();
    Set<Call> calls = new LinkedHashSet<>();
    for (ElfRelocation relocation : module.file().relocations()) {
      int index = relocation.symbolIndex();
      if (index > 0 && index < symbols.size() && relocation.addend() == 0) {
        ElfSymbol symbol = symbols.get(index);
        if (AllocationFunction.of(symbol.name()).isPresent()
            && module.file().machine().isFunctionAddress(relocation.type())) {
          calls.add(call(module, relocation, symbol));
        }
      }
    }
    return new ArrayList<>(calls);
  }

  private Call call(LoadedModule module, ElfRelocation relocation, ElfSymbol symbol)
      throws IOException {
    long value = slot(module, relocation);
    boolean pending = isPending(module, relocation, value);
    Optional<String> provider = pending ? Optional.empty() : provider(value, symbol);
    return new Call(
        symbol.name(),
        symbol.version().isEmpty() ? Optional.empty() : Optional.of(symbol.version()),
        symbol.binding() == ElfSymbol.Binding.WEAK,
        provider,
        pending);
  }

  private long slot(LoadedModule module, ElfRelocation relocation) throws IOException {
    return memory.word(module.base() + relocation.offset(), module.wordBytes());
  }

  /** Returns whether the slot holds the value that the linker wrote, plus the module's base. */
  private static boolean isPending(LoadedModule module, ElfRelocation relocation, long value) {
    return relocation.isJumpSlot()
        && module.contains(value)
        && (value == initial(module, relocation)
            || value == module.base() + initial(module, relocation));
  }

  private static long initial(LoadedModule module, ElfRelocation relocation) {
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap(module.file().bytesAt(relocation.offset(), module.wordBytes()))
              .order(module.file().byteOrder());
      return module.file().is64Bit() ? bytes.getLong() : Integer.toUnsignedLong(bytes.getInt());
    } catch (ObjectFileException e) {
      return 0;
    }
  }

  private Optional<String> provider(long value, ElfSymbol symbol) throws IOException {
    if (value == 0) {
      return Optional.empty();
    }
    for (LoadedModule module : modules) {
      if (module.contains(value)) {
        if (isProfiler(module)) {
          return behindProfiler(symbol);
        }
        Optional<Long> real = throughCanonicalEntry(module, value, symbol.name());
        return real.isPresent() && !module.contains(real.get())
            ? provider(real.get(), symbol)
            : Optional.of(module.path());
      }
    }
    return Optional.of(
        mappings.stream()
            .filter(mapping -> mapping.contains(value) && !mapping.file().isEmpty())
            .findFirst()
            .map(Mapping::file)
            .orElse("[anonymous memory]"));
  }

  private boolean isProfiler(LoadedModule module) {
    return profilers.computeIfAbsent(module.path(), path -> ProfilerLibrary.isOne(module.file()));
  }

  /**
   * Returns the provider that the profiler's function calls: what the loader bound the profiler's
   * own reference to before the profiler replaced it. The profiler defines none of these functions
   * for others, so that is the first definition in the loader's order.
   */
  private Optional<String> behindProfiler(ElfSymbol symbol) {
    return modules.stream()
        .filter(module -> module.file().exports(symbol.name()))
        .map(LoadedModule::path)
        .findFirst();
  }

  /**
   * Returns the target of an entry in the procedure linkage table of a position-dependent
   * executable that takes the address of the function: all other modules bind to that entry (psABI
   * x86-64, §4.4.3 "Function Addresses"), and the executable's own jump slot has the target.
   */
  private Optional<Long> throughCanonicalEntry(LoadedModule module, long value, String name)
      throws IOException {
    if (module.file().type() != ElfType.EXEC) {
      return Optional.empty();
    }
    List<ElfSymbol> symbols = module.file().dynamicSymbols();
    for (ElfRelocation relocation : module.file().relocations()) {
      int index = relocation.symbolIndex();
      if (relocation.isJumpSlot() && index > 0 && index < symbols.size()) {
        ElfSymbol symbol = symbols.get(index);
        boolean isEntry =
            !symbol.isDefined()
                && symbol.value() != 0
                && symbol.name().equals(name)
                && module.base() + symbol.value() == value;
        if (isEntry) {
          return Optional.of(slot(module, relocation));
        }
      }
    }
    return Optional.empty();
  }
}
