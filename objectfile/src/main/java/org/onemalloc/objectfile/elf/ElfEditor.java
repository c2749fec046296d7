package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * A copy of an ELF file that is being edited.
 *
 * <p>Mutable, for one thread and one edit: place the new tables once, then point the dynamic
 * section and the section headers to them, then take the bytes.
 */
/*
 * Design note. Nothing that the file has is moved. New tables go, in this order of preference,
 *
 * 1. into the zero bytes behind a read-only PT_LOAD, which then ends later: the file keeps its size
 *    and differs in a page or two;
 * 2. to the end of the file, in a PT_LOAD that takes the program header of a PT_NOTE. The note itself
 *    stays and its section still finds it; only a debugger that reads a process's memory loses it, and
 *    nobody where it is the property note, which PT_GNU_PROPERTY names as well.
 *
 * The dynamic section itself is moved only where it is full and nothing in it can be spared
 * (NeededLibraries): the old one stays in place, unused, for code that knows it as _DYNAMIC.
 *
 * Rejected: moving the program header table to make room for one more entry (GNU strip 2.40 writes
 * broken files from that, kernels before 5.18 do not load them), and moving segments (breaks references
 * from code).
 */
final class ElfEditor {
  /** Bytes to be added, and the address they got. */
  static final class Block {
    private final byte[] content;
    private final int alignment;
    private long address;
    private long offset;

    Block(byte[] content, int alignment) {
      this.content = content;
      this.alignment = alignment;
    }

    long address() {
      return address;
    }

    long offset() {
      return offset;
    }

    int size() {
      return content.length;
    }
  }

  private final ElfHeader header;
  private final ElfDynamic dynamic;
  private final List<ElfSegment> segments;
  private final List<ElfDynamicEntry> entries;
  private ElfBytes bytes;
  private ElfSections sections;
  private long dynamicOffset;
  private int dynamicSlots;

  ElfEditor(ElfFile file) {
    this.header = file.header();
    this.dynamic = file.dynamic();
    this.bytes = header.bytes().over(file.bytes());
    this.segments = new ArrayList<>(header.segments());
    this.entries = new ArrayList<>(dynamic.entries());
    this.sections = ElfSections.parse(header, bytes);
    this.dynamicOffset = dynamic.offset();
    this.dynamicSlots = dynamic.slots();
  }

  /**
   * Finds room for all blocks together, in one segment, and writes them.
   *
   * @throws ObjectFileException if there is none
   */
  void place(List<Block> blocks) {
    if (!placeInPadding(blocks, segment -> true)) {
      placeAtEnd(blocks, false);
    }
  }

  /** The first way: behind one of the segments that are allowed; false if none has the room. */
  boolean placeInPadding(List<Block> blocks, Predicate<ElfSegment> allowed) {
    ElfSegment host = null;
    for (ElfSegment segment : segments) {
      boolean better = host == null || (host.isExecutable() && !segment.isExecutable());
      if (better
          && allowed.test(segment)
          && ElfPadding.behind(segment, segments, sections, bytes) >= lengthAt(segment, blocks)) {
        host = segment;
      }
    }
    if (host == null) {
      return false;
    }
    growSegment(host, blocks);
    write(blocks);
    return true;
  }

  /**
   * The second way: at the end of the file, in a segment of its own.
   *
   * @throws ObjectFileException if there is no PT_NOTE to take over
   */
  void placeAtEnd(List<Block> blocks, boolean writable) {
    takeOverNote(blocks, writable);
    write(blocks);
  }

  private void write(List<Block> blocks) {
    for (Block block : blocks) {
      bytes.put(block.offset, block.content);
    }
  }

  private static long lengthAt(ElfSegment segment, List<Block> blocks) {
    long address = segment.endAddress();
    for (Block block : blocks) {
      address = alignUp(address, block.alignment) + block.size();
    }
    return address - segment.endAddress();
  }

  private void growSegment(ElfSegment host, List<Block> blocks) {
    long end = lay(blocks, host.endAddress(), host.endOffset());
    long size = end - host.virtualAddress();
    segments.set(segments.indexOf(host), host.withSizes(size, size));
  }

  /** Gives the blocks their places from here on and returns the address behind the last. */
  private static long lay(List<Block> blocks, long address, long offset) {
    long cursor = address;
    for (Block block : blocks) {
      cursor = alignUp(cursor, block.alignment);
      block.address = cursor;
      block.offset = offset + (cursor - address);
      cursor += block.size();
    }
    return cursor;
  }

  private void takeOverNote(List<Block> blocks, boolean writable) {
    int note = noteToTakeOver();
    long page = 1;
    long highest = 0;
    int lastLoad = -1;
    for (int i = 0; i < segments.size(); i++) {
      ElfSegment segment = segments.get(i);
      if (segment.isLoad()) {
        lastLoad = i;
        page = Math.max(page, segment.alignment());
        highest = Math.max(highest, segment.endAddress());
      }
    }
    long offset = alignUp(bytes.size(), 16);
    long address = alignUp(highest, page) + (offset & (page - 1));
    long size = lay(blocks, address, offset) - address;
    long limit = bytes.is64Bit() ? Long.MAX_VALUE : 1L << 32;
    if (note < 0 || lastLoad < 0 || highest < 0 || address > limit - size - page) {
      throw new ObjectFileException(
          "%s has no room for %d bytes: too few zero bytes behind its read-only segments, and no PT_NOTE to take over."
              .formatted(bytes.name(), size));
    }
    bytes = bytes.over(Arrays.copyOf(bytes.array(), Math.toIntExact(offset + size)));
    sections = ElfSections.parse(header, bytes);
    int flags = writable ? Elf.PF_R | Elf.PF_W : Elf.PF_R;
    segments.add(
        lastLoad + 1, new ElfSegment(Elf.PT_LOAD, flags, offset, address, size, size, page));
    segments.remove(note > lastLoad ? note + 1 : note);
  }

  /**
   * The PT_NOTE that is missed least: the property note, where PT_GNU_PROPERTY names the same bytes
   * and so says it again (glibc elf/rtld.c, rtld_setup_main_map, asks that one), else the last.
   */
  private int noteToTakeOver() {
    int found = -1;
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).type() == Elf.PT_NOTE) {
        if (isPropertyToo(segments.get(i))) {
          return i;
        }
        found = i;
      }
    }
    return found;
  }

  private boolean isPropertyToo(ElfSegment note) {
    return segments.stream()
        .anyMatch(
            s ->
                s.type() == Elf.PT_GNU_PROPERTY
                    && s.offset() == note.offset()
                    && s.fileSize() == note.fileSize());
  }

  /** Whether there is a PT_NOTE to take over. */
  boolean hasNote() {
    return noteToTakeOver() >= 0;
  }

  /** Points the section of this type at {@code from}, if there are sections, to a placed block. */
  void moveSection(int type, long from, Block to) {
    sections.move(type, from, to.address(), to.offset(), to.size());
  }

  /** Changes the value of each entry with this tag. */
  void setDynamic(long tag, long value) {
    entries.replaceAll(e -> e.tag() == tag ? new ElfDynamicEntry(tag, value) : e);
  }

  /**
   * Changes the value of an entry, or adds it behind the others.
   *
   * @throws ObjectFileException if it is not there and no spare entry is left
   */
  void setOrAddDynamic(long tag, long value) {
    if (dynamic.find(tag).isPresent()) {
      setDynamic(tag, value);
      return;
    }
    if (entries.size() + 1 >= dynamic.slots()) {
      throw new ObjectFileException(
          bytes.name() + " has no spare entry in its dynamic section, so none can be added.");
    }
    entries.add(new ElfDynamicEntry(tag, value));
  }

  /** The entries of the dynamic section before DT_NULL, to be changed in place. */
  List<ElfDynamicEntry> entries() {
    return entries;
  }

  ElfSections sections() {
    return sections;
  }

  /** Moves the dynamic section to a placed block, which {@link #finish} fills. */
  void moveDynamic(Block to) {
    moveSection(Elf.SHT_DYNAMIC, dynamicSegment().virtualAddress(), to);
    segments.replaceAll(
        s ->
            s.type() == Elf.PT_DYNAMIC
                ? new ElfSegment(
                    s.type(), s.flags(), to.offset, to.address, to.size(), to.size(), s.alignment())
                : s);
    dynamicOffset = to.offset;
    dynamicSlots = to.size() / (2 * bytes.wordSize());
  }

  private ElfSegment dynamicSegment() {
    return segments.stream().filter(s -> s.type() == Elf.PT_DYNAMIC).findFirst().orElseThrow();
  }

  /** Adds a section for a placed block, so that strip keeps it; nothing without sections. */
  void describe(Block block, OptionalInt name) {
    if (sections.all().isEmpty()) {
      return;
    }
    byte[] table = sections.with(name.orElse(0), block.address, block.offset, block.size());
    boolean isLast = sections.tableEnd() == bytes.size();
    long at = isLast ? sections.tableStart() : alignUp(bytes.size(), bytes.wordSize());
    ElfBytes grown = bytes.over(Arrays.copyOf(bytes.array(), Math.toIntExact(at + table.length)));
    grown.put(at, table);
    int word = bytes.wordSize();
    grown.putWord(24 + 2 * word, at);
    grown.putU16(24 + 3 * word + 12, sections.all().size() + 1);
    bytes = grown;
  }

  /** The bytes being edited, for changes that keep their size. */
  ElfBytes bytes() {
    return bytes;
  }

  /** Writes the headers and gives the edited file. */
  byte[] finish() {
    for (int i = 0; i < segments.size(); i++) {
      if (!segments.get(i).equals(header.segments().get(i))) {
        segments.get(i).write(bytes, (int) header.segmentsOffset() + i * bytes.segmentHeaderSize());
      }
    }
    int word = bytes.wordSize();
    long at = dynamicOffset;
    for (int i = 0; i < dynamicSlots; i++) {
      boolean used = i < entries.size();
      bytes.putWord(at, used ? entries.get(i).tag() : Elf.DT_NULL);
      bytes.putWord(at + word, used ? entries.get(i).value() : 0);
      at += 2L * word;
    }
    return bytes.array();
  }

  static long alignUp(long value, long alignment) {
    return (value + alignment - 1) & -alignment;
  }
}
