package org.onemalloc.objectfile.elf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The section headers of a {@link SmallObject}, which only tools read. */
final class SmallObjectSections {
  private static final String NAMES = ".shstrtab";

  private final ElfBytes layout;
  private final int page;
  private final List<Section> sections = new ArrayList<>();

  private record Section(String name, int type, long offset, long size) {}

  SmallObjectSections(ElfBytes layout, int page) {
    this.layout = layout;
    this.page = page;
  }

  void add(String name, int type, long offset, long size) {
    sections.add(new Section(name, type, offset, size));
  }

  /** Returns the index of a section; 0 if no section has this name. */
  int indexOf(String name) {
    for (int i = 0; i < sections.size(); i++) {
      if (sections.get(i).name.equals(name)) {
        return i + 1;
      }
    }
    return 0;
  }

  /** Returns the number of sections, the null section and the section of the names included. */
  int count() {
    return sections.size() + 2;
  }

  private String names() {
    StringBuilder names = new StringBuilder("\0");
    sections.forEach(section -> names.append(section.name).append('\0'));
    return names.append(NAMES).append('\0').toString();
  }

  /** Returns the offset of the headers if the names are at the given offset. */
  long startAfter(long namesAt) {
    return ElfBytes.alignUp(namesAt + names().length(), 8);
  }

  long endAfter(long namesAt) {
    return startAfter(namesAt) + (long) count() * layout.sectionHeaderSize();
  }

  void write(ElfBytes out, long namesAt) {
    String names = names();
    out.put(namesAt, names.getBytes(StandardCharsets.US_ASCII));
    long at = startAfter(namesAt);
    add(NAMES, Elf.SHT_STRTAB, namesAt, names.length());
    for (Section section : sections) {
      at += layout.sectionHeaderSize();
      out.putU32(at, names.indexOf("\0" + section.name + "\0") + 1L);
      write(out, at, section);
    }
    sections.removeLast();
  }

  private void write(ElfBytes out, long at, Section section) {
    long word = layout.wordSize();
    boolean writable = section.name.equals(".data") || section.name.equals(".dynamic");
    out.putU32(at + 4, section.type);
    out.putWord(at + 8, flags(section, writable));
    out.putWord(
        at + 8 + word, section.name.equals(NAMES) ? 0 : section.offset + (writable ? page : 0));
    out.putWord(at + 8 + 2 * word, section.offset);
    out.putWord(at + 8 + 3 * word, section.size);
    out.putU32(at + 8 + 4 * word, indexOf(linked(section)));
    out.putU32(at + 12 + 4 * word, section.type == Elf.SHT_DYNSYM ? 1 : 0);
    out.putWord(
        at + 16 + 4 * word,
        switch (section.type) {
          case Elf.SHT_STRTAB -> 1;
          case Elf.SHT_GNU_HASH, Elf.SHT_PROGBITS -> 8;
          default -> word;
        });
    out.putWord(
        at + 16 + 5 * word,
        switch (section.type) {
          case Elf.SHT_GNU_HASH -> layout.is64Bit() ? 0 : 4;
          case Elf.SHT_DYNSYM -> layout.symbolSize();
          case Elf.SHT_RELA -> 24;
          case Elf.SHT_DYNAMIC -> 2 * word;
          default -> 0;
        });
  }

  private static long flags(Section section, boolean writable) {
    if (section.name.equals(NAMES)) {
      return 0;
    }
    return Elf.SHF_ALLOC
        | (writable ? Elf.SHF_WRITE : 0)
        | (section.name.equals(".text") ? Elf.SHF_EXECINSTR : 0);
  }

  private static String linked(Section section) {
    return switch (section.type) {
      case Elf.SHT_GNU_HASH, Elf.SHT_RELA -> ".dynsym";
      case Elf.SHT_DYNSYM, Elf.SHT_DYNAMIC -> ".dynstr";
      default -> "";
    };
  }
}
