package org.onemalloc.objectfile.elf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Gives functions of a shared library additional names, so that a library that exports {@code
 * mi_malloc} also exports {@code malloc}.
 *
 * <p>An alias is an additional entry of the dynamic symbol table with the same address, so a call
 * of the alias costs as much as a call of the original. The old names stay, unless they are
 * replaced: a library that comes first in a process answers the calls of every other library by
 * that name, also those of a second copy of itself, whose data it does not know.
 */
/*
 * Design note. The new entries are appended, so that the index of every old symbol, and with it
 * every relocation, stays the same. The structures through which the loader finds symbols are
 * rebuilt: the GNU hash table with a single bucket (see ElfHashWriter), DT_HASH if there is one,
 * and the version table. The aliases are unversioned: a reference to malloc@GLIBC_2.2.5 binds to an
 * unversioned malloc (glibc, elf/dl-lookup.c, check_match), but never to malloc@@OTHER_1.0.
 *
 * "malloc" is the tail of "mi_malloc", so most aliases need no new string. If an alias needs one,
 * an extended copy of the string table is placed after the other tables.
 *
 * A replaced name keeps its entry and its index, so the library's own references, which name the
 * index, follow it. Hiding the old names by a version would do for the loader, but a linker could
 * not bind to them either.
 *
 * Rejected: a second library of jumps (an indirect jump for each call, another address, and code
 * for each machine), and aliases for data (a copy relocation in an executable would give the two
 * names different addresses).
 */
public final class AliasSymbols {
  private final ElfFile library;
  private final ElfDynamic dynamic;
  private final ElfBytes layout;
  private final List<ElfSymbol> symbols;
  private final Map<String, String> aliases;
  private final Map<String, String> replaced;
  private byte[] strings;

  private AliasSymbols(ElfFile library, Map<String, String> aliases, Map<String, String> replaced) {
    this.library = library;
    this.dynamic = library.dynamic();
    this.layout = library.header().bytes();
    this.symbols = library.dynamicSymbols();
    this.aliases = new TreeMap<>(aliases);
    this.replaced = new TreeMap<>(replaced);
    ElfStrings table = dynamic.strings();
    this.strings =
        Arrays.copyOfRange(layout.array(), table.offset(), table.offset() + table.size());
  }

  /**
   * Adds aliases and keeps the soname.
   *
   * @param library a shared library
   * @param aliases the new names, each with the exported function that it names
   * @return the new file; the same bytes for the same input, whatever the order of the map
   * @throws ObjectFileException if {@code library} is not a shared library with a hash table, is a
   *     MIPS library (in which the order of the symbols has a meaning), does not export one of the
   *     functions, already has one of the new names, or has no room
   */
  public static byte[] add(ElfFile library, Map<String, String> aliases) {
    return new AliasSymbols(library, aliases, Map.of()).add(Optional.empty());
  }

  /**
   * Adds aliases, replaces names and sets the soname, so that the loader does not take the new
   * library for the one it came from.
   *
   * @param library a shared library
   * @param aliases the new names, each with the exported function that it names
   * @param replaced exported functions, and weak references without a version, each with the name
   *     that it gets instead
   * @param soname the new DT_SONAME
   * @return the new file; the same bytes for the same input, whatever the order of the maps
   * @throws ObjectFileException as {@link #add(ElfFile, Map)}, also for replaced names, and if
   *     there is neither a DT_SONAME nor a spare dynamic entry
   */
  public static byte[] add(
      ElfFile library, Map<String, String> aliases, Map<String, String> replaced, String soname) {
    return new AliasSymbols(library, aliases, replaced).add(Optional.of(soname));
  }

  private byte[] add(Optional<String> soname) {
    checkLibrary();
    int oldStrings = strings.length;
    List<byte[]> added = new ArrayList<>();
    aliases.forEach((alias, existing) -> added.add(entry(alias, existing)));
    long newSoname = soname.isPresent() ? place(soname.get()) : -1;

    ElfEditor editor = new ElfEditor(library);
    List<Table> tables = new ArrayList<>();
    tables.add(new Table(Elf.DT_SYMTAB, Elf.SHT_DYNSYM, symbolTable(added), 8));
    addHashTables(tables);
    if (dynamic.find(Elf.DT_VERSYM).isPresent()) {
      tables.add(new Table(Elf.DT_VERSYM, Elf.SHT_GNU_VERSYM, versionTable(), 2));
    }
    if (strings.length > oldStrings) {
      tables.add(new Table(Elf.DT_STRTAB, Elf.SHT_STRTAB, strings, 1));
      editor.dynamic().set(Elf.DT_STRSZ, strings.length);
    }
    editor.place(tables.stream().map(Table::block).toList());
    for (Table table : tables) {
      editor.moveSection(table.section(), dynamic.find(table.tag()).getAsLong(), table.block());
      editor.dynamic().set(table.tag(), table.block().address());
    }
    if (newSoname >= 0) {
      editor.dynamic().setOrAdd(Elf.DT_SONAME, newSoname);
    }
    return editor.finish();
  }

  /** The replacement for the table at the address in a dynamic entry. */
  private record Table(long tag, int section, ElfBlock block) {
    Table(long tag, int section, byte[] content, int alignment) {
      this(tag, section, new ElfBlock(content, alignment));
    }
  }

  private void checkLibrary() {
    if (library.type() != ElfType.DYN || symbols.isEmpty()) {
      throw refusal("it is not a shared library with dynamic symbols");
    }
    if (library.machine().equals(ElfMachine.MIPS)
        || library.machine().hasWideHash(library.is64Bit())) {
      throw refusal("its symbol tables are of a kind peculiar to " + library.machine().name());
    }
    if (ElfHashTable.of(dynamic) == null) {
      throw refusal("it has no hash table for symbols");
    }
  }

  private ObjectFileException refusal(String why) {
    return new ObjectFileException(
        "No names can be added to %s: %s.".formatted(library.name(), why));
  }

  /** Returns the symbol table entry for an alias: that of the function, with another name. */
  private byte[] entry(String alias, String existing) {
    ElfSymbol function = function(existing, alias);
    byte[] entry =
        library.bytesAt(
            dynamic.find(Elf.DT_SYMTAB).getAsLong() + (long) function.index() * layout.symbolSize(),
            layout.symbolSize());
    layout.over(entry).putU32(0, place(alias));
    return entry;
  }

  /** Returns the weak reference or the exported function whose name is replaced. */
  private ElfSymbol renamed(String existing, String name) {
    return symbols.stream()
        .filter(s -> s.name().equals(existing) && s.sectionIndex() == 0)
        .filter(s -> s.binding() == ElfSymbol.Binding.WEAK && s.version().isEmpty())
        .findFirst()
        .orElseGet(() -> function(existing, name));
  }

  /** Returns the exported function that gets a new name, which nothing has yet. */
  private ElfSymbol function(String existing, String name) {
    if (symbols.stream().anyMatch(s -> s.name().equals(name))) {
      throw refusal("it already has a symbol " + name);
    }
    ElfSymbol function =
        library.exportsOf(existing).stream()
            .findFirst()
            .orElseThrow(() -> refusal("it does not export the function " + existing));
    if (function.type() != ElfSymbol.Type.FUNC && function.type() != ElfSymbol.Type.IFUNC) {
      throw refusal(existing + " is not a function");
    }
    return function;
  }

  /**
   * Returns the offset of a string in the string table, and appends the string if it is missing.
   */
  private int place(String text) {
    byte[] wanted = (text + "\0").getBytes(StandardCharsets.UTF_8);
    for (int i = 1; i <= strings.length - wanted.length; i++) {
      if (Arrays.equals(strings, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    int end = strings.length;
    strings = Arrays.copyOf(strings, end + wanted.length);
    System.arraycopy(wanted, 0, strings, end, wanted.length);
    return end;
  }

  private byte[] symbolTable(List<byte[]> added) {
    int size = layout.symbolSize();
    byte[] old = library.bytesAt(dynamic.find(Elf.DT_SYMTAB).getAsLong(), symbols.size() * size);
    byte[] table = Arrays.copyOf(old, old.length + added.size() * size);
    replaced.forEach(
        (existing, name) ->
            layout.over(table).putU32((long) renamed(existing, name).index() * size, place(name)));
    for (int i = 0; i < added.size(); i++) {
      System.arraycopy(added.get(i), 0, table, old.length + i * size, size);
    }
    return table;
  }

  private byte[] versionTable() {
    byte[] old = library.bytesAt(dynamic.find(Elf.DT_VERSYM).getAsLong(), 2 * symbols.size());
    ElfBytes table = layout.over(Arrays.copyOf(old, old.length + 2 * aliases.size()));
    for (int i = old.length; i < table.size(); i += 2) {
      table.putU16(i, Elf.VER_NDX_GLOBAL);
    }
    return table.array();
  }

  private void addHashTables(List<Table> tables) {
    List<String> names = new ArrayList<>();
    symbols.forEach(s -> names.add(replaced.getOrDefault(s.name(), s.name())));
    names.addAll(aliases.keySet());
    if (dynamic.find(Elf.DT_GNU_HASH).isPresent()) {
      int first = (int) Math.min(ElfGnuHash.parse(dynamic).firstSymbol(), symbols.size());
      byte[] table = ElfHashWriter.gnuHash(layout, first, names.subList(first, names.size()));
      tables.add(new Table(Elf.DT_GNU_HASH, Elf.SHT_GNU_HASH, table, 8));
    }
    if (dynamic.find(Elf.DT_HASH).isPresent()) {
      ElfSysvHash old = ElfSysvHash.parse(dynamic);
      if (old.symbolCount() != symbols.size() || old.bucketCount() == 0) {
        throw refusal("its hash table does not list all symbols");
      }
      byte[] table = ElfHashWriter.sysvHash(layout, (int) old.bucketCount(), names);
      tables.add(new Table(Elf.DT_HASH, Elf.SHT_HASH, table, 4));
    }
  }
}
