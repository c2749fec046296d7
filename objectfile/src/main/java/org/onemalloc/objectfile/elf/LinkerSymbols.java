package org.onemalloc.objectfile.elf;

import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfSections.Section;

/**
 * The symbols that the linker wrote for debuggers ({@code .symtab}). A static program has no other
 * symbols. A stripped file has none of these.
 */
public final class LinkerSymbols {
  private static final int STT_FUNC = 2;

  private LinkerSymbols() {}

  /**
   * Returns the names of the symbols that a file defines, local ones included.
   *
   * @param file a linked file or an object
   * @return the names, sorted; empty if the file was stripped
   * @throws ObjectFileException if the table is malformed
   */
  public static Set<String> definedIn(ElfFile file) {
    Set<String> names = new TreeSet<>();
    forEachDefined(
        file, (symbol, strings) -> names.add(strings.at(file.header().bytes().u32(symbol))));
    return names;
  }

  /**
   * Returns those of some names that a file defines as functions, local ones included. Unlike
   * {@link ElfFile#linkerSymbols}, it keeps no symbol in memory: a large library has a million.
   *
   * @param file a linked file or an object
   * @param names the names to find
   * @return the names found, sorted; empty if the file was stripped
   * @throws ObjectFileException if the table is malformed
   */
  public static Set<String> functionsIn(ElfFile file, Set<String> names) {
    ElfBytes bytes = file.header().bytes();
    Set<String> found = new TreeSet<>();
    forEachDefined(
        file,
        (symbol, strings) -> {
          if ((bytes.u8(symbol + (bytes.is64Bit() ? 4 : 12)) & 15) == STT_FUNC) {
            names.stream()
                .filter(name -> strings.isAt(bytes.u32(symbol), name))
                .forEach(found::add);
          }
        });
    return found;
  }

  /** Receives the place of each symbol that a file defines, and the table of its name. */
  private interface Visitor {
    void visit(long symbol, ElfStrings strings);
  }

  private static void forEachDefined(ElfFile file, Visitor visitor) {
    ElfBytes bytes = file.header().bytes();
    ElfSections sections = ElfSections.parse(file.header(), bytes);
    for (Section table : sections.all()) {
      if (table.type() == Elf.SHT_SYMTAB) {
        int link = bytes.i32(table.header() + 8 + 4 * bytes.wordSize());
        if (table.endOffset() > bytes.size() || link < 0 || link >= sections.all().size()) {
          throw bytes.malformed("its symbol table lies outside the file");
        }
        read(bytes, table, sections.all().get(link), visitor);
      }
    }
  }

  private static void read(ElfBytes bytes, Section table, Section text, Visitor visitor) {
    if (text.offset() < 0 || text.size() < 0 || text.endOffset() > bytes.size()) {
      throw bytes.malformed("the names of its symbols lie outside the file");
    }
    ElfStrings strings = new ElfStrings(bytes, (int) text.offset(), (int) text.size());
    int size = bytes.symbolSize();
    for (long at = table.offset(); at + size <= table.endOffset(); at += size) {
      int section = bytes.u16(at + (bytes.is64Bit() ? 6 : 14));
      if (section != Elf.SHN_UNDEF && bytes.u32(at) != 0) {
        visitor.visit(at, strings);
      }
    }
  }
}
