package org.onemalloc.objectfile.elf;

import java.util.HashMap;
import java.util.Map;

/**
 * The names of the symbol versions that a file defines (DT_VERDEF) or needs (DT_VERNEED), by their
 * index in DT_VERSYM (LSB, "Symbol Versioning").
 */
final class ElfVersions {
  private static final int DEFINITION_SIZE = 20;
  private static final int NEED_SIZE = 16;
  private static final int BASE = 1;

  private final ElfDynamic dynamic;
  private final ElfBytes bytes;
  private final ElfStrings strings;
  private final Map<Integer, String> names = new HashMap<>();
  private int stepsLeft;

  private ElfVersions(ElfDynamic dynamic, ElfStrings strings) {
    this.dynamic = dynamic;
    this.bytes = dynamic.header().bytes();
    this.strings = strings;
    this.stepsLeft = bytes.size();
  }

  static Map<Integer, String> names(ElfDynamic dynamic, ElfStrings strings) {
    ElfVersions versions = new ElfVersions(dynamic, strings);
    versions.readDefinitions();
    versions.readNeeds();
    return versions.names;
  }

  private void readDefinitions() {
    int at = dynamic.tableOffset(Elf.DT_VERDEF, DEFINITION_SIZE, "the version definitions");
    if (at < 0) {
      return;
    }
    for (long left = dynamic.valueOr(Elf.DT_VERDEFNUM, 0); left > 0; left--) {
      if ((bytes.u16(at + 2L) & BASE) == 0) {
        names.put(bytes.u16(at + 4L) & 0x7fff, strings.at(bytes.u32(at + bytes.u32(at + 12L))));
      }
      long next = bytes.u32(at + 16L);
      if (next == 0) {
        return;
      }
      at = step(at + next, DEFINITION_SIZE);
    }
  }

  private void readNeeds() {
    int at = dynamic.tableOffset(Elf.DT_VERNEED, NEED_SIZE, "the version needs");
    if (at < 0) {
      return;
    }
    for (long left = dynamic.valueOr(Elf.DT_VERNEEDNUM, 0); left > 0; left--) {
      readNeed(at + bytes.u32(at + 8L), bytes.u16(at + 2L));
      long next = bytes.u32(at + 12L);
      if (next == 0) {
        return;
      }
      at = step(at + next, NEED_SIZE);
    }
  }

  private void readNeed(long first, int count) {
    long at = first;
    for (int left = count; left > 0; left--) {
      names.put(bytes.u16(at + 6) & 0x7fff, strings.at(bytes.u32(at + 8)));
      long next = bytes.u32(at + 12);
      if (next == 0) {
        return;
      }
      at = step(at + next, NEED_SIZE);
    }
  }

  /**
   * Goes to the next record. The records of a well-formed file do not overlap, so their number is
   * limited.
   */
  private int step(long at, int size) {
    if (--stepsLeft < 0) {
      throw bytes.malformed("its version tables overlap");
    }
    return bytes.check(at, size, "a version");
  }
}
