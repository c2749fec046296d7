package org.onemalloc.inspect;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ElfType;

/**
 * Relocatable objects, alone or members of static libraries: their calls and definitions are those
 * that a linker sees. A call of a function that another member of the library defines is bound to
 * that member, as it will be once both are linked; all other calls stay open.
 */
final class LinkerInput {
  /** e_type of a relocatable object (gABI, chapter 4, "ELF Header"). */
  private static final int ET_REL = 1;

  private final Map<String, Map<String, String>> definitions = new HashMap<>();

  static boolean isObject(ElfFile file) {
    return file.type() == ElfType.REL;
  }

  /** Returns the same from the first bytes of a file. */
  static boolean isObject(byte[] start) {
    return ElfKind.of(start)
        .filter(kind -> start[kind.byteOrder() == ByteOrder.LITTLE_ENDIAN ? 16 : 17] == ET_REL)
        .isPresent();
  }

  /** Records what an object defines for the other members of its library. */
  void add(ElfFile object) {
    Map<String, String> known =
        definitions.computeIfAbsent(library(object.name()), library -> new HashMap<>());
    for (ElfSymbol symbol : object.linkerSymbols()) {
      if (isForOthers(symbol) && AllocationFunction.of(symbol.name()).isPresent()) {
        known.putIfAbsent(symbol.name(), object.name());
      }
    }
  }

  private static String library(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf("!/")));
  }

  /** Returns whether other members see a symbol; hidden symbols are hidden from loaders only. */
  private static boolean isForOthers(ElfSymbol symbol) {
    return symbol.isDefined() && symbol.binding() != ElfSymbol.Binding.LOCAL;
  }

  /**
   * Describes an object. All members of its library must have been {@linkplain #add added}.
   *
   * @param allocators the allocators whose code is in it
   */
  Part describe(ElfFile object, List<PrivateAllocator> allocators) {
    Map<String, String> known = definitions.getOrDefault(library(object.name()), Map.of());
    List<Call> calls = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Set<String> overrides = new TreeSet<>();
    for (ElfSymbol symbol : object.linkerSymbols()) {
      if (isForOthers(symbol) && AllocationFunction.isReplaceable(symbol.name())) {
        overrides.add(symbol.name());
      } else if (!symbol.isDefined()
          && AllocationFunction.of(symbol.name()).isPresent()
          && seen.add(symbol.name())) {
        calls.add(
            new Call(
                symbol.name(),
                Optional.empty(),
                symbol.binding() == ElfSymbol.Binding.WEAK,
                Optional.ofNullable(known.get(symbol.name()))));
      }
    }
    NativeModule module =
        new NativeModule(
            object.name(),
            "elf",
            object.machine().name(),
            Role.GUEST,
            calls,
            List.copyOf(overrides),
            PrivateAllocators.serves(known.keySet()) ? List.of() : allocators);
    // rules ask the file of a part what a loader would see, and no loader sees an object
    return new Part(module, Optional.empty(), Arrival.LOOSE);
  }
}
