package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The section headers of a file that is being edited. The loader never reads them, but strip and
 * similar tools rewrite a file from them: bytes that no section describes are lost.
 */
final class ElfSections {
  /** A section: the file offset of its header, and the fields of the header. */
  record Section(
      int header, int name, int type, long flags, long address, long offset, long size, int link) {

    boolean isLoaded() {
      return (flags & Elf.SHF_ALLOC) != 0;
    }

    /**
     * Returns whether the section contains no text: it is code, symbols, relocations, or a hash
     * table.
     */
    boolean isTextless() {
      return switch (type) {
        case Elf.SHT_SYMTAB,
            Elf.SHT_RELA,
            Elf.SHT_HASH,
            Elf.SHT_REL,
            Elf.SHT_DYNSYM,
            Elf.SHT_RELR,
            Elf.SHT_GNU_HASH,
            Elf.SHT_GNU_VERSYM ->
            true;
        case Elf.SHT_PROGBITS -> (flags & Elf.SHF_EXECINSTR) != 0;
        default -> false;
      };
    }

    /** Returns the first file offset past the bytes of the section. */
    long endOffset() {
      return type == Elf.SHT_NOBITS ? offset : offset + size;
    }
  }

  private final ElfBytes bytes;
  private final List<Section> all;

  private ElfSections(ElfBytes bytes, List<Section> all) {
    this.bytes = bytes;
    this.all = all;
  }

  /** Returns the sections; none if the table is missing or lies outside the file. */
  static ElfSections parse(ElfHeader header, ElfBytes bytes) {
    int word = bytes.wordSize();
    long table = header.sectionsOffset();
    int entrySize = bytes.u16(24 + 3 * word + 10);
    int count = bytes.u16(24 + 3 * word + 12);
    List<Section> all = new ArrayList<>();
    if (table > 0
        && entrySize == bytes.sectionHeaderSize()
        && table <= bytes.size() - (long) count * entrySize) {
      for (int i = 0; i < count; i++) {
        all.add(parse(bytes, (int) table + i * entrySize));
      }
    }
    return new ElfSections(bytes, all);
  }

  private static Section parse(ElfBytes bytes, int at) {
    int word = bytes.wordSize();
    return new Section(
        at,
        bytes.i32(at),
        bytes.i32(at + 4),
        bytes.word(at + 8),
        bytes.word(at + 8 + word),
        bytes.word(at + 8 + 2 * word),
        bytes.word(at + 8 + 3 * word),
        bytes.i32(at + 8 + 4 * word));
  }

  List<Section> all() {
    return all;
  }

  /** Returns the first file offset past the section header table; 0 without a table. */
  long tableEnd() {
    return all.isEmpty() ? 0 : all.getLast().header() + (long) bytes.sectionHeaderSize();
  }

  /** Returns the file offset of the section header table; the end of the file without a table. */
  long tableStart() {
    return all.isEmpty() ? bytes.size() : all.getFirst().header();
  }

  /** Returns the loaded section of this type at this address. */
  Optional<Section> find(int type, long address) {
    return all.stream()
        .filter(s -> s.type() == type && s.isLoaded() && s.address() == address)
        .findFirst();
  }

  /**
   * Returns a section header table with one more header, of bytes that are not written to, after
   * the headers of this table.
   *
   * @param name the offset of its name in the table of section names
   */
  byte[] with(int name, long flags, long address, long offset, long size) {
    int header = bytes.sectionHeaderSize();
    int word = bytes.wordSize();
    int start = (int) tableStart();
    int end = (int) tableEnd();
    ElfBytes table =
        bytes.over(
            Arrays.copyOf(Arrays.copyOfRange(bytes.array(), start, end), end - start + header));
    int at = end - start;
    table.putU32(at, name);
    table.putU32(at + 4, Elf.SHT_PROGBITS);
    table.putWord(at + 8, flags);
    table.putWord(at + 8 + word, address);
    table.putWord(at + 8 + 2 * word, offset);
    table.putWord(at + 8 + 3 * word, size);
    table.putWord(at + 16 + 4 * word, 1);
    return table.array();
  }

  /** Sets the address, offset and size of the loaded section of this type at {@code from}. */
  void move(int type, long from, long address, long offset, long size) {
    int word = bytes.wordSize();
    find(type, from)
        .ifPresent(
            section -> {
              bytes.putWord(section.header() + 8 + word, address);
              bytes.putWord(section.header() + 8 + 2 * word, offset);
              bytes.putWord(section.header() + 8 + 3 * word, size);
              moveSymbols(all.indexOf(section), from, address);
            });
  }

  /**
   * Lets the section of zeros that ends at an address end at another. Returns false if there are
   * sections, but not this one.
   */
  boolean growZeros(long end, long newEnd) {
    for (Section section : all) {
      if (section.type() == Elf.SHT_NOBITS
          && section.isLoaded()
          && section.address() + section.size() == end) {
        bytes.putWord(section.header() + 8 + 3L * bytes.wordSize(), newEnd - section.address());
        return true;
      }
    }
    return all.isEmpty();
  }

  /**
   * Sets the offsets of the loaded sections between two addresses after their content was copied to
   * another place in the file.
   *
   * @param offset the new file offset of the content at {@code from}
   */
  void moveContent(long from, long to, long offset) {
    int word = bytes.wordSize();
    for (Section section : all) {
      boolean inside = section.address() >= from && section.address() <= to;
      if (section.isLoaded() && section.type() != 0 && inside) {
        bytes.putWord(section.header() + 8 + 2 * word, offset + section.address() - from);
      }
    }
  }

  /**
   * Moves the symbols for the start of a section, if the file was not stripped: the one that
   * linkers create for each section, and {@code _DYNAMIC}.
   */
  private void moveSymbols(int section, long from, long address) {
    int size = bytes.symbolSize();
    for (Section table : all) {
      if (table.type() == Elf.SHT_SYMTAB && table.endOffset() <= bytes.size()) {
        for (long at = table.offset(); at + size <= table.endOffset(); at += size) {
          int home = bytes.u16(at + (bytes.is64Bit() ? 6 : 14));
          long value = at + (bytes.is64Bit() ? 8 : 4);
          if (home == section && bytes.word(value) == from) {
            bytes.putWord(value, address);
          }
        }
      }
    }
  }
}
