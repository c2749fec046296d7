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
 * <p>Mutable, for one thread and one edit: place the new tables once, then let the dynamic section
 * and the section headers refer to them, then take the bytes.
 */
/*
 * Design note. The bytes of the file stay where they are. New tables are written, in this order of
 * preference,
 *
 * 1. into the zero bytes past the end of a read-only PT_LOAD, which is extended: the file keeps its
 *    size and differs in a page or two;
 * 2. to the end of the file, in a PT_LOAD of their own, if a program header is free for it: a
 *    PT_NULL, or the PT_NOTE of the property note, which PT_GNU_PROPERTY describes as well;
 * 3. to the end of the file, in the last PT_LOAD: its bytes are copied there, followed by zeros for
 *    .bss and by the tables. Every address stays the same, and no additional header is needed.
 *
 * Programs find data of their own through program headers (a note that dl_iterate_phdr(3) returns:
 * the single executables of Node.js, the build id of a crash reporter), from the end of the file
 * (the payload of self-extracting programs, zip archives), and through section headers. Therefore
 * no other note is replaced, a file with bytes past its last structure keeps its size or is
 * refused, and zeros count as free only if all bytes between two structures are zero.
 *
 * The dynamic section itself is moved only if it is full and none of its entries can be replaced
 * (NeededLibraries). The old one stays in place, unused, for code that refers to it as _DYNAMIC.
 *
 * Rejected: moving the program header table to make room for one more entry (GNU strip 2.40 writes
 * broken files from the result, and kernels before 5.18 do not load it), moving segments to other
 * addresses (this breaks references from code), and replacing notes (a program that looks for them
 * crashes or finds nothing).
 */
final class ElfEditor {
  /**
   * The number of bytes by which a file may always grow when its last segment, .bss included, is
   * written out. A large file may grow by a multiple of its size instead.
   */
  private static final long SMALL = 1L << 20;

  private static final int MULTIPLE = 8;

  /**
   * The largest page size of any kernel (aarch64, ppc64). An offset need not be congruent with its
   * address modulo a larger alignment.
   */
  private static final long LARGEST_PAGE = 1 << 16;

  /** Bytes to be added, and the address assigned to them. */
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
   * @throws ObjectFileException if there is no room
   */
  void place(List<Block> blocks) {
    if (!placeInPadding(blocks, segment -> true)) {
      placeAtEnd(blocks, false);
    }
  }

  /**
   * Places the blocks the first way: past the end of an allowed segment. Returns false if no such
   * segment has room.
   */
  boolean placeInPadding(List<Block> blocks, Predicate<ElfSegment> allowed) {
    ElfSegment host = null;
    for (ElfSegment segment : segments) {
      boolean better = host == null || (host.isExecutable() && !segment.isExecutable());
      if (better
          && allowed.test(segment)
          && ElfPadding.past(segment, segments, sections, bytes) >= lengthAt(segment, blocks)) {
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
   * Places the blocks at the end of the file, the second way or the third.
   *
   * @throws ObjectFileException if there is no segment for the blocks
   */
  void placeAtEnd(List<Block> blocks, boolean writable) {
    int slot = freeHeader();
    if (slot >= 0) {
      addSegment(slot, blocks, writable);
    } else {
      growLastSegment(blocks, writable);
    }
    write(blocks);
  }

  /**
   * Returns the number of bytes at the end of the file that no header describes, such as a payload.
   */
  long following() {
    return bytes.size() - ElfPadding.endOfStructures(header, segments, sections, bytes);
  }

  /**
   * Returns the offset of an address in the edited file, where a segment that grew has another
   * place.
   *
   * @throws ObjectFileException if the address is not in the file
   */
  long offsetOf(long address) {
    for (ElfSegment segment : segments) {
      long distance = address - segment.virtualAddress();
      if (segment.isLoad() && Long.compareUnsigned(distance, segment.fileSize()) < 0) {
        return segment.offset() + distance;
      }
    }
    throw bytes.malformed(
        "address 0x%s is not in a loaded segment's bytes".formatted(Long.toHexString(address)));
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

  /**
   * Assigns places to the blocks from here on and returns the first address past the last block.
   */
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

  private void addSegment(int slot, List<Block> blocks, boolean writable) {
    int lastLoad = lastLoad();
    long page = 1;
    long highest = 0;
    for (ElfSegment segment : segments) {
      if (segment.isLoad()) {
        page = Math.max(page, segment.alignment());
        highest = Math.max(highest, segment.endAddress());
      }
    }
    long offset = alignUp(bytes.size(), 16);
    long address = alignUp(highest, page) + (offset & (page - 1));
    long size = lay(blocks, address, offset) - address;
    if (lastLoad < 0 || highest < 0 || address > limit() - size - page) {
      throw noRoom(size);
    }
    extendTo(offset + size);
    int flags = writable ? Elf.PF_R | Elf.PF_W : Elf.PF_R;
    segments.add(
        lastLoad + 1, new ElfSegment(Elf.PT_LOAD, flags, offset, address, size, size, page));
    segments.remove(slot > lastLoad ? slot + 1 : slot);
  }

  /** Copies the last segment to the end of the file, where there is room to grow. */
  private void growLastSegment(List<Block> blocks, boolean writable) {
    int index = lastLoad();
    long size = lengthAt(index < 0 ? segments.getFirst() : segments.get(index), blocks);
    if (!canGrow(index, writable)) {
      throw noRoom(size);
    }
    ElfSegment last = segments.get(index);
    long page = Math.clamp(last.alignment(), 1, LARGEST_PAGE);
    long offset = bytes.size() + ((last.virtualAddress() - bytes.size()) & (page - 1));
    long end = lay(blocks, last.endAddress(), offset + last.memorySize());
    long memory = end - last.virtualAddress();
    long growth = offset + memory - bytes.size();
    if (end < 0
        || end > limit() - page
        || growth > Math.max(SMALL, (long) MULTIPLE * bytes.size())) {
      throw noRoom(size);
    }
    extendTo(offset + memory);
    byte[] all = bytes.array();
    System.arraycopy(all, (int) last.offset(), all, (int) offset, (int) last.fileSize());
    long distance = offset - last.offset();
    sections.moveContent(last.virtualAddress(), last.endAddress(), offset);
    segments.replaceAll(s -> isInside(s, last) ? s.withOffset(s.offset() + distance) : s);
    segments.set(
        index,
        new ElfSegment(
            last.type(), last.flags(), offset, last.virtualAddress(), memory, memory, page));
    if (dynamicOffset >= last.offset() && dynamicOffset < last.endOffset()) {
      dynamicOffset += distance;
    }
    sections = ElfSections.parse(header, bytes);
  }

  private boolean canGrow(int index, boolean writable) {
    if (index < 0) {
      return false;
    }
    ElfSegment last = segments.get(index);
    boolean isHighest =
        segments.stream()
            .allMatch(
                s -> !s.isLoad() || Long.compareUnsigned(s.endAddress(), last.endAddress()) <= 0);
    boolean holdsHeaders =
        header.segmentsOffset() + (long) segments.size() * bytes.segmentHeaderSize() > last.offset()
            && header.segmentsOffset() < last.endOffset();
    return isHighest
        && !holdsHeaders
        && (last.isWritable() || !writable)
        && last.virtualAddress() >= 0
        && last.memorySize() >= 0;
  }

  /** Returns whether a segment describes a part of another, both in the file and in memory. */
  private static boolean isInside(ElfSegment part, ElfSegment whole) {
    long distance = part.virtualAddress() - whole.virtualAddress();
    return !part.isLoad()
        && distance >= 0
        && distance <= whole.memorySize()
        && part.offset() - whole.offset() == distance;
  }

  private int lastLoad() {
    int last = -1;
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).isLoad()) {
        last = i;
      }
    }
    return last;
  }

  private long limit() {
    return bytes.is64Bit() ? Long.MAX_VALUE : 1L << 32;
  }

  private void extendTo(long size) {
    if (size > Integer.MAX_VALUE - 64) {
      throw noRoom(size - bytes.size());
    }
    bytes = bytes.over(Arrays.copyOf(bytes.array(), (int) size));
    sections = ElfSections.parse(header, bytes);
  }

  private ObjectFileException noRoom(long size) {
    return new ObjectFileException(
        "%s has no room for %d bytes: too few zero bytes past its read-only segments, and its last segment cannot grow."
            .formatted(bytes.name(), size));
  }

  /**
   * Returns the index of a program header that can be replaced, or -1. It is a PT_NULL, or the
   * PT_NOTE of the property note if PT_GNU_PROPERTY describes the same bytes (glibc elf/rtld.c,
   * rtld_setup_main_map, reads PT_GNU_PROPERTY).
   */
  private int freeHeader() {
    for (int i = 0; i < segments.size(); i++) {
      int type = segments.get(i).type();
      if (type == Elf.PT_NULL || (type == Elf.PT_NOTE && isPropertyToo(segments.get(i)))) {
        return i;
      }
    }
    return -1;
  }

  private boolean isPropertyToo(ElfSegment note) {
    return segments.stream()
        .anyMatch(
            s ->
                s.type() == Elf.PT_GNU_PROPERTY
                    && s.offset() == note.offset()
                    && s.fileSize() == note.fileSize());
  }

  /** Returns whether tables at the end of the file would get a segment of their own. */
  boolean hasFreeHeader() {
    return freeHeader() >= 0;
  }

  /** Lets the section of this type at {@code from}, if there is one, describe a placed block. */
  void moveSection(int type, long from, Block to) {
    sections.move(type, from, to.address(), to.offset(), to.size());
  }

  /** Changes the value of each entry with this tag. */
  void setDynamic(long tag, long value) {
    entries.replaceAll(e -> e.tag() == tag ? new ElfDynamicEntry(tag, value) : e);
  }

  /**
   * Changes the value of an entry, or adds it after the others.
   *
   * @throws ObjectFileException if there is no such entry and no spare one
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

  /** Returns the entries of the dynamic section before DT_NULL, to be changed in place. */
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

  /**
   * Adds a section for a placed block, so that strip keeps it. Does nothing if the file has no
   * sections or must keep its size.
   */
  void describe(Block block, OptionalInt name) {
    if (sections.all().isEmpty() || following() > 0) {
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

  /** Returns the bytes being edited, for changes that keep their size. */
  ElfBytes bytes() {
    return bytes;
  }

  /** Writes the headers and returns the edited file. */
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
