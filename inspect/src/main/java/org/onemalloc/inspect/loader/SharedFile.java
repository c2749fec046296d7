package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfRelocation;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ElfSymbol.Visibility;

/** A parsed file and what lookups need of it; shared by all namespaces and decoded on demand. */
final class SharedFile {
  private static final long DT_FLAGS_1 = 0x6ffffffbL;

  private final ElfFile elf;
  private Map<String, List<ElfSymbol>> findable;
  private List<Reference> references;
  private Set<String> referenced;
  private final boolean versioned;

  SharedFile(ElfFile elf) {
    this.elf = elf;
    this.versioned = elf.hasVersions();
  }

  /**
   * Reads all that lookups will read, so that a malformed file is refused here, for the file that
   * was requested, and not in the middle of another lookup.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if a table is malformed
   */
  SharedFile checked() {
    int _ = references().size();
    int _ = elf.hashedSymbols().size();
    return this;
  }

  ElfFile elf() {
    return elf;
  }

  boolean isVersioned() {
    return versioned;
  }

  /** Returns DT_FLAGS_1, 0 if there is none. */
  long flags1() {
    return elf.dynamicEntries().stream()
        .filter(entry -> entry.tag() == DT_FLAGS_1)
        .mapToLong(entry -> entry.value())
        .reduce(0, (first, last) -> last);
  }

  /** Returns the symbols of this name that its hash table has, in the order of the chain. */
  List<ElfSymbol> find(String name) {
    if (findable == null) {
      Map<String, List<ElfSymbol>> byName = new HashMap<>();
      for (ElfSymbol symbol : elf.hashedSymbols()) {
        byName.merge(symbol.name(), List.of(symbol), SharedFile::concat);
      }
      findable = byName;
    }
    return findable.getOrDefault(name, List.of());
  }

  private static List<ElfSymbol> concat(List<ElfSymbol> first, List<ElfSymbol> second) {
    List<ElfSymbol> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }

  List<Reference> references() {
    if (references == null) {
      references = readReferences();
    }
    return references;
  }

  boolean refersTo(String symbol) {
    if (referenced == null) {
      Set<String> names = new HashSet<>();
      references().forEach(reference -> names.add(reference.symbol()));
      referenced = names;
    }
    return referenced.contains(symbol);
  }

  private List<Reference> readReferences() {
    List<ElfSymbol> symbols = elf.dynamicSymbols();
    List<Reference> found = new ArrayList<>();
    Map<Reference.Kind, BitSet> seen = new EnumMap<>(Reference.Kind.class);
    for (ElfRelocation relocation : elf.relocations()) {
      int index = relocation.symbolIndex();
      if (index == 0 || relocation.type() == 0 || index >= symbols.size()) {
        continue;
      }
      Reference.Kind kind = kind(relocation.type());
      BitSet seenOfKind = seen.computeIfAbsent(kind, key -> new BitSet());
      if (isLookedUp(symbols.get(index)) && !seenOfKind.get(index)) {
        seenOfKind.set(index);
        found.add(reference(symbols.get(index), kind));
      }
    }
    return List.copyOf(found);
  }

  private Reference.Kind kind(int relocationType) {
    if (elf.machine().isCopy(relocationType)) {
      return Reference.Kind.COPY;
    }
    return elf.machine().isPltClass(relocationType) ? Reference.Kind.CALL : Reference.Kind.ADDRESS;
  }

  /**
   * Returns whether the loader looks the symbol up; local and hidden symbols are bound to
   * themselves (RESOLVE_MAP of glibc's elf/dl-reloc.c).
   */
  private static boolean isLookedUp(ElfSymbol symbol) {
    return symbol.binding() != ElfSymbol.Binding.LOCAL
        && symbol.visibility() != Visibility.HIDDEN
        && symbol.visibility() != Visibility.INTERNAL;
  }

  private Reference reference(ElfSymbol symbol, Reference.Kind kind) {
    return new Reference(
        symbol.name(),
        versioned ? symbol.version() : "",
        symbol.binding() == ElfSymbol.Binding.WEAK,
        symbol.visibility() == Visibility.PROTECTED,
        kind,
        symbol.index());
  }
}
