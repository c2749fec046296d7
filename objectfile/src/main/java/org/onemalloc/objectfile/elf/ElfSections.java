package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The section headers of a file that is being edited. The loader never reads them, but strip and
 * its kind write a file anew from them: what no section describes is lost.
 */
final class ElfSections {
  /** The places of one section's header. */
  record Section(
      int header, int name, int type, long flags, long address, long offset, long size, int link) {

    boolean isLoaded() {
      return (flags & Elf.SHF_ALLOC) != 0;
    }

    /** Whether it is of a kind that has no text in it: code, symbols, relocations, hash tables. */
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

    /** The first file offset past its bytes. */
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

  /** The sections; none where the table is missing or lies outside the file. */
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

  /** The first file offset past the section header table; 0 without one. */
  long tableEnd() {
    return all.isEmpty() ? 0 : all.getLast().header() + (long) bytes.sectionHeaderSize();
  }

  /** Where the section header table starts; the end of the file without one. */
  long tableStart() {
    return all.isEmpty() ? bytes.size() : all.getFirst().header();
  }

  /** The loaded section of this type at this address. */
  Optional<Section> find(int type, long address) {
    return all.stream()
        .filter(s -> s.type() == type && s.isLoaded() && s.address() == address)
        .findFirst();
  }

  /**
   * A table with one section more, of read-only bytes: this table's headers and the new one.
   *
   * @param name its place in the table of section names
   */
  byte[] with(int name, long address, long offset, long size) {
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
    table.putWord(at + 8, Elf.SHF_ALLOC);
    table.putWord(at + 8 + word, address);
    table.putWord(at + 8 + 2 * word, offset);
    table.putWord(at + 8 + 3 * word, size);
    table.putWord(at + 16 + 4 * word, 1);
    return table.array();
  }

  /** Points the loaded section of this type that was at {@code from} to another place. */
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
   * Points the loaded sections from one address to another at a copy of their content in the file.
   *
   * @param offset where the content of {@code from} is now
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
   * Moves the symbols for a section's start, where the file has not been stripped: the one that
   * linkers make for each section, and {@code _DYNAMIC}.
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
