package org.onemalloc.inspect.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfDynamicEntry;
import org.onemalloc.objectfile.elf.ElfSegment;

/**
 * The loader's own list of loaded objects, in its order, which debuggers read (glibc elf/link.h,
 * {@code struct r_debug} and {@code struct link_map}; musl keeps the same).
 */
final class LinkMap {
  private static final int PT_DYNAMIC = 2;
  private static final long DT_DEBUG = 21;
  private static final int MOST_OBJECTS = 10_000;

  /**
   * One object of the list.
   *
   * @param base the difference of addresses in memory and in the file
   * @param dynamicSection the address of its dynamic section in memory
   */
  record Entry(long base, long dynamicSection) {}

  private LinkMap() {}

  /**
   * Reads the list.
   *
   * @param program the process's own executable
   * @return the objects in the order of loading; empty if the program has no such list (it is
   *     static) or the list is being changed
   */
  static List<Entry> read(Memory memory, LoadedModule program) {
    try {
      OptionalLong slot = debugSlot(program);
      return slot.isEmpty() ? List.of() : read(memory, slot.getAsLong(), program.wordBytes());
    } catch (IOException e) {
      return List.of();
    }
  }

  private static List<Entry> read(Memory memory, long slot, int word) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    long debug = memory.word(slot, word);
    long object = debug == 0 ? 0 : memory.word(debug + word, word);
    while (object != 0 && seen.add(object) && seen.size() <= MOST_OBJECTS) {
      entries.add(new Entry(memory.word(object, word), memory.word(object + 2L * word, word)));
      object = memory.word(object + 3L * word, word);
    }
    return entries;
  }

  /** Returns where the loader stores the address of its list: the value of DT_DEBUG. */
  private static OptionalLong debugSlot(LoadedModule program) {
    List<ElfDynamicEntry> entries = program.file().dynamicEntries();
    int word = program.wordBytes();
    for (ElfSegment segment : program.file().segments()) {
      for (int i = 0; segment.type() == PT_DYNAMIC && i < entries.size(); i++) {
        if (entries.get(i).tag() == DT_DEBUG) {
          long section = program.base() + segment.virtualAddress();
          return OptionalLong.of(section + 2L * word * i + word);
        }
      }
    }
    return OptionalLong.empty();
  }
}
