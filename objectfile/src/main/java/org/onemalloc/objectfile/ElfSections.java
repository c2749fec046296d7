package org.onemalloc.objectfile;

import java.util.ArrayList;
import java.util.List;

/**
 * The section headers of a file that is being edited. The loader never reads them, but strip and
 * its kind write a file anew from them: what no section describes is lost.
 */
final class ElfSections {
  /** The places of one section's header. */
  record Section(int header, int type, long flags, long address, long offset, long size) {

    boolean isLoaded() {
      return (flags & Elf.SHF_ALLOC) != 0;
    }

    /** The first file offset behind its bytes. */
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
        bytes.i32(at + 4),
        bytes.word(at + 8),
        bytes.word(at + 8 + word),
        bytes.word(at + 8 + 2 * word),
        bytes.word(at + 8 + 3 * word));
  }

  List<Section> all() {
    return all;
  }

  /** The first file offset behind the section header table; 0 without one. */
  long tableEnd() {
    return all.isEmpty() ? 0 : all.getLast().header() + (long) bytes.sectionHeaderSize();
  }

  /** Where the section header table starts; the end of the file without one. */
  long tableStart() {
    return all.isEmpty() ? bytes.size() : all.getFirst().header();
  }

  /** Points the loaded section of this type that was at {@code from} to another place. */
  void move(int type, long from, long address, long offset, long size) {
    int word = bytes.wordSize();
    for (Section section : all) {
      if (section.type() == type && section.isLoaded() && section.address() == from) {
        bytes.putWord(section.header() + 8 + word, address);
        bytes.putWord(section.header() + 8 + 2 * word, offset);
        bytes.putWord(section.header() + 8 + 3 * word, size);
      }
    }
  }
}
