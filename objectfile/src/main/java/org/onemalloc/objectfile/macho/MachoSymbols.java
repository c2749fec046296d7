package org.onemalloc.objectfile.macho;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.bytes.FileBytes;
import org.onemalloc.objectfile.bytes.Names;

/**
 * The symbol table (LC_SYMTAB, {@code mach-o/nlist.h}). dyld uses it to bind symbols only if the
 * file has neither bind opcodes nor chained fixups. In a file that has them, {@code strip} may have
 * removed the entries of the table.
 */
final class MachoSymbols {
  private static final int N_STAB = 0xe0;
  private static final int N_TYPE = 0x0e;
  private static final int N_SECT = 0x0e;
  private static final int N_ABS = 0x02;
  private static final int N_PEXT = 0x10;
  private static final int N_EXT = 0x01;
  private static final int N_WEAK_REF = 0x40;
  private static final int N_WEAK_DEF = 0x80;

  /** An external symbol: an entry of {@code nlist}. */
  private record Symbol(String name, int type, int description, long value) {}

  private final boolean twoLevel;
  private final List<Symbol> externals;

  private MachoSymbols(boolean twoLevel, List<Symbol> externals) {
    this.twoLevel = twoLevel;
    this.externals = externals;
  }

  static MachoSymbols read(MachoHeader header) {
    FileBytes bytes = header.bytes();
    boolean twoLevel = (header.flags() & MachoHeader.MH_TWOLEVEL) != 0;
    List<Symbol> externals = new ArrayList<>();
    var command = header.find(MachoHeader.LC_SYMTAB, MachoHeader.LC_SYMTAB);
    if (command.isPresent()) {
      long table = header.field(command.get(), 8);
      long count = header.field(command.get(), 12);
      long strings = header.field(command.get(), 16);
      long limit = strings + header.field(command.get(), 20);
      int entrySize = header.is64Bit() ? 16 : 12;
      bytes.check(table, count * entrySize, "the symbol table");
      bytes.check(strings, limit - strings, "the string table");
      Names names = new Names(bytes);
      for (long at = table; at < table + count * entrySize; at += entrySize) {
        int type = bytes.u8(at + 4);
        if ((type & N_STAB) == 0 && (type & N_EXT) != 0 && (type & N_PEXT) == 0) {
          String name = names.at(strings + bytes.u32(at), limit);
          long value = bytes.word(at + 8, header.is64Bit());
          externals.add(new Symbol(name, type & N_TYPE, bytes.u16(at + 6), value));
        }
      }
    }
    return new MachoSymbols(twoLevel, externals);
  }

  List<MachoImport> imports() {
    List<MachoImport> imports = new ArrayList<>();
    for (Symbol symbol : externals) {
      if (symbol.type() == 0 && symbol.value() == 0) {
        boolean weak = (symbol.description() & N_WEAK_REF) != 0;
        imports.add(
            new MachoImport(
                symbol.name(),
                ordinal(symbol.description() >> 8),
                weak,
                MachoImport.Table.SYMBOL_TABLE));
      }
    }
    return imports;
  }

  /**
   * Returns the library ordinal of an import for the number that the macro GET_LIBRARY_ORDINAL
   * extracts; 254 means flat lookup, 255 the main executable.
   */
  private int ordinal(int number) {
    if (!twoLevel || number == 254) {
      return MachoImport.FLAT_LOOKUP;
    }
    return number == 255 ? MachoImport.MAIN_EXECUTABLE : number;
  }

  List<MachoExport> exports() {
    List<MachoExport> exports = new ArrayList<>();
    for (Symbol symbol : externals) {
      if (symbol.type() == N_SECT || symbol.type() == N_ABS) {
        boolean weak = (symbol.description() & N_WEAK_DEF) != 0;
        exports.add(new MachoExport(symbol.name(), symbol.value(), weak, Optional.empty()));
      }
    }
    return exports;
  }
}
