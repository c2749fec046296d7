package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;

/** The dynamic section of an ELF file that is being edited: its entries and its place. */
final class ElfDynamicEdit {
  private final ElfDynamic before;
  private final String file;
  private final List<ElfDynamicEntry> entries;
  private long offset;
  private int slots;

  ElfDynamicEdit(ElfDynamic before, String file) {
    this.before = before;
    this.file = file;
    this.entries = new ArrayList<>(before.entries());
    this.offset = before.offset();
    this.slots = before.slots();
  }

  /** Returns the entries before DT_NULL, to be changed in place. */
  List<ElfDynamicEntry> entries() {
    return entries;
  }

  /** Changes the value of each entry with this tag. */
  void set(long tag, long value) {
    entries.replaceAll(e -> e.tag() == tag ? new ElfDynamicEntry(tag, value) : e);
  }

  /**
   * Changes the value of an entry, or adds it after the others.
   *
   * @throws ObjectFileException if there is no such entry and no spare one
   */
  void setOrAdd(long tag, long value) {
    if (before.find(tag).isPresent()) {
      set(tag, value);
      return;
    }
    if (entries.size() + 1 >= before.slots()) {
      throw new ObjectFileException(
          file + " has no spare entry in its dynamic section, so none can be added.");
    }
    entries.add(new ElfDynamicEntry(tag, value));
  }

  /** Follows a segment whose bytes moved in the file, if the section lies in it. */
  void follow(ElfSegment from, ElfSegment to) {
    if (offset >= from.offset() && offset < from.endOffset()) {
      offset += to.offset() - from.offset();
    }
  }

  /** Moves the section to a placed block. */
  void moveTo(ElfBlock block, int wordSize) {
    offset = block.offset();
    slots = block.size() / (2 * wordSize);
  }

  /** Writes the entries, and DT_NULL into all other slots. */
  void write(ElfBytes into) {
    int word = into.wordSize();
    long at = offset;
    for (int i = 0; i < slots; i++) {
      boolean used = i < entries.size();
      into.putWord(at, used ? entries.get(i).tag() : Elf.DT_NULL);
      into.putWord(at + word, used ? entries.get(i).value() : 0);
      at += 2L * word;
    }
  }
}
