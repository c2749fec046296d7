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
  private LinkerSymbols() {}

  /**
   * Returns the names of the symbols that a file defines, local ones included.
   *
   * @param file a linked file or an object
   * @return the names, sorted; empty if the file was stripped
   * @throws ObjectFileException if the table is malformed
   */
  public static Set<String> definedIn(ElfFile file) {
    ElfBytes bytes = file.header().bytes();
    ElfSections sections = ElfSections.parse(file.header(), bytes);
    Set<String> names = new TreeSet<>();
    for (Section table : sections.all()) {
      if (table.type() == Elf.SHT_SYMTAB) {
        int link = bytes.i32(table.header() + 8 + 4 * bytes.wordSize());
        if (table.endOffset() > bytes.size() || link < 0 || link >= sections.all().size()) {
          throw bytes.malformed("its symbol table lies outside the file");
        }
        read(bytes, table, sections.all().get(link), names);
      }
    }
    return names;
  }

  private static void read(ElfBytes bytes, Section table, Section text, Set<String> names) {
    if (text.offset() < 0 || text.size() < 0 || text.endOffset() > bytes.size()) {
      throw bytes.malformed("the names of its symbols lie outside the file");
    }
    ElfStrings strings = new ElfStrings(bytes, (int) text.offset(), (int) text.size());
    int size = bytes.symbolSize();
    for (long at = table.offset(); at + size <= table.endOffset(); at += size) {
      int section = bytes.u16(at + (bytes.is64Bit() ? 6 : 14));
      long name = bytes.u32(at);
      if (section != Elf.SHN_UNDEF && name != 0) {
        names.add(strings.at(name));
      }
    }
  }
}
