package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a symbol table: the dynamic one with its versions, or that of a relocatable object. */
final class ElfSymbolTable {
  private final ElfBytes bytes;
  private final ElfStrings strings;
  private final Map<Integer, String> versionNames;
  private final int table;
  private final int versions;
  private final int count;

  private ElfSymbolTable(ElfDynamic dynamic, int count) {
    this.bytes = dynamic.header().bytes();
    this.count = count;
    this.strings = dynamic.strings();
    this.versionNames = ElfVersions.names(dynamic, strings);
    this.table =
        dynamic.tableOffset(
            Elf.DT_SYMTAB, (long) count * bytes.symbolSize(), "the dynamic symbol table");
    this.versions = dynamic.tableOffset(Elf.DT_VERSYM, 2L * count, "the symbol version table");
  }

  private ElfSymbolTable(ElfBytes bytes, ElfStrings strings, int table, int count) {
    this.bytes = bytes;
    this.count = count;
    this.strings = strings;
    this.versionNames = Map.of();
    this.table = table;
    this.versions = -1;
  }

  /** Returns the symbols of the section SHT_SYMTAB; none without that section. */
  static List<ElfSymbol> readForLinker(ElfHeader header) {
    ElfBytes bytes = header.bytes();
    List<ElfSections.Section> sections = ElfSections.parse(header, bytes).all();
    for (ElfSections.Section section : sections) {
      if (section.type() == Elf.SHT_SYMTAB) {
        if (section.link() <= 0 || section.link() >= sections.size()) {
          throw bytes.malformed("its symbol table names no string table");
        }
        ElfSections.Section names = sections.get(section.link());
        int table = bytes.check(section.offset(), section.size(), "the symbol table");
        int strings = bytes.check(names.offset(), names.size(), "the table of symbol names");
        int count = (int) (section.size() / bytes.symbolSize());
        return new ElfSymbolTable(
                bytes, new ElfStrings(bytes, strings, (int) names.size()), table, count)
            .read();
      }
    }
    return List.of();
  }

  static List<ElfSymbol> read(ElfDynamic dynamic, List<ElfRelocation> relocations) {
    if (dynamic.find(Elf.DT_SYMTAB).isEmpty()) {
      if (relocations.stream().anyMatch(r -> r.symbolIndex() != 0)) {
        throw dynamic.header().bytes().malformed("its relocations name symbols, but it has none");
      }
      return List.of();
    }
    int count = count(dynamic, relocations);
    return count == 0 ? List.of() : new ElfSymbolTable(dynamic, count).read();
  }

  /**
   * Returns the number of dynamic symbols. A GNU hash table lists exported symbols only, and the
   * number of imported ones does not follow from an empty table: they are counted by the
   * relocations that use them.
   */
  static int count(ElfDynamic dynamic, List<ElfRelocation> relocations) {
    ElfBytes bytes = dynamic.header().bytes();
    long count = 0;
    if (dynamic.find(Elf.DT_GNU_HASH).isPresent()) {
      count = ElfGnuHash.parse(dynamic).symbolCount();
    }
    if (dynamic.find(Elf.DT_HASH).isPresent()) {
      count = Math.max(count, ElfSysvHash.parse(dynamic).symbolCount());
    }
    for (ElfRelocation relocation : relocations) {
      count = Math.max(count, relocation.symbolIndex() + 1L);
    }
    if (count > bytes.size() / bytes.symbolSize()) {
      throw bytes.malformed("it counts more symbols than its size allows: " + count);
    }
    return (int) count;
  }

  private List<ElfSymbol> read() {
    List<ElfSymbol> symbols = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      symbols.add(symbol(i));
    }
    return List.copyOf(symbols);
  }

  private ElfSymbol symbol(int index) {
    long at = table + (long) index * bytes.symbolSize();
    int info = bytes.u8(at + (bytes.is64Bit() ? 4 : 12));
    int other = bytes.u8(at + (bytes.is64Bit() ? 5 : 13));
    int section = bytes.u16(at + (bytes.is64Bit() ? 6 : 14));
    int version = versions < 0 ? Elf.VER_NDX_GLOBAL : bytes.u16(versions + 2L * index);
    return new ElfSymbol(
        index,
        name(bytes.u32(at)),
        bytes.word(at + (bytes.is64Bit() ? 8 : 4)),
        bytes.word(at + (bytes.is64Bit() ? 16 : 8)),
        ElfSymbol.Binding.of(info),
        ElfSymbol.Type.of(info),
        ElfSymbol.Visibility.of(other),
        section,
        version,
        versionNames.getOrDefault(version & 0x7fff, ""));
  }

  private String name(long place) {
    return place == 0 ? "" : strings.at(place);
  }
}
