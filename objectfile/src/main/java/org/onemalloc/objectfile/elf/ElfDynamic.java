package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The dynamic section, as the loader finds it: at the address of PT_DYNAMIC, up to DT_NULL.
 *
 * @param header the file
 * @param offset the file offset of the first entry
 * @param slots the number of entries that fit, the spare ones after DT_NULL included
 * @param entries the entries before DT_NULL
 */
record ElfDynamic(ElfHeader header, int offset, int slots, List<ElfDynamicEntry> entries) {

  /** Returns the dynamic section; one without slots if the file has none. */
  static ElfDynamic parse(ElfHeader header) {
    for (ElfSegment segment : header.segments()) {
      if (segment.type() == Elf.PT_DYNAMIC && segment.fileSize() > 0) {
        return parse(header, segment);
      }
    }
    return new ElfDynamic(header, 0, 0, List.of());
  }

  private static ElfDynamic parse(ElfHeader header, ElfSegment segment) {
    ElfBytes bytes = header.bytes();
    int offset =
        header.requireOffset(segment.virtualAddress(), segment.fileSize(), "the dynamic section");
    long word = bytes.wordSize();
    int slots = (int) (segment.fileSize() / (2 * word));
    List<ElfDynamicEntry> entries = new ArrayList<>();
    for (int i = 0; i < slots; i++) {
      long tag = bytes.word(offset + 2 * word * i);
      if (tag == Elf.DT_NULL) {
        return new ElfDynamic(header, offset, slots, List.copyOf(entries));
      }
      entries.add(new ElfDynamicEntry(tag, bytes.word(offset + 2 * word * i + word)));
    }
    throw bytes.malformed("its dynamic section does not end with a DT_NULL");
  }

  boolean isPresent() {
    return slots > 0;
  }

  /** Returns the value of the last entry with this tag, which is the one that glibc uses. */
  OptionalLong find(long tag) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (entries.get(i).tag() == tag) {
        return OptionalLong.of(entries.get(i).value());
      }
    }
    return OptionalLong.empty();
  }

  long valueOr(long tag, long otherwise) {
    return find(tag).orElse(otherwise);
  }

  /** Returns the file offset of the table that {@code tag} points to, or -1 without that tag. */
  int tableOffset(long tag, long length, String what) {
    OptionalLong address = find(tag);
    return address.isEmpty() ? -1 : header.requireOffset(address.getAsLong(), length, what);
  }

  /**
   * Returns the string table. It may span several segments if it is contiguous in the file (see
   * {@link NeededLibraries}, the string alone).
   */
  ElfStrings strings() {
    String what = "the dynamic string table";
    long size = valueOr(Elf.DT_STRSZ, 0);
    int table = size == 0 ? -1 : tableOffset(Elf.DT_STRTAB, 1, what);
    if (table < 0) {
      return new ElfStrings(header.bytes(), 0, 0);
    }
    int first = header.bytes().check(table, size, what);
    long last = find(Elf.DT_STRTAB).getAsLong() + size - 1;
    if (header.requireOffset(last, 1, "the end of " + what) != first + size - 1) {
      throw header.bytes().malformed(what + " is not in one piece");
    }
    return new ElfStrings(header.bytes(), first, (int) size);
  }
}
