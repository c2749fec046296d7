package org.onemalloc.objectfile.elf;

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

  private final ElfHeader header;
  private final ElfSegmentTable segments;
  private final ElfDynamicEdit dynamic;
  private ElfBytes bytes;
  private ElfSections sections;

  ElfEditor(ElfFile file) {
    this.header = file.header();
    this.segments = new ElfSegmentTable(header);
    this.dynamic = new ElfDynamicEdit(file.dynamic(), file.name());
    this.bytes = header.bytes().over(file.bytes());
    this.sections = ElfSections.parse(header, bytes);
  }

  /**
   * Finds room for all blocks together, in one segment, and writes them.
   *
   * @throws ObjectFileException if there is no room
   */
  void place(List<ElfBlock> blocks) {
    if (!placeInPadding(blocks, segment -> true)) {
      placeAtEnd(blocks, false);
    }
  }

  /**
   * Places the blocks the first way: past the end of an allowed segment. Returns false if no such
   * segment has room.
   */
  boolean placeInPadding(List<ElfBlock> blocks, Predicate<ElfSegment> allowed) {
    ElfSegment host = null;
    for (ElfSegment segment : segments.all()) {
      boolean better = host == null || (host.isExecutable() && !segment.isExecutable());
      if (better
          && allowed.test(segment)
          && ElfPadding.past(segment, segments.all(), sections, bytes)
              >= lengthAt(segment, blocks)) {
        host = segment;
      }
    }
    if (host == null) {
      return false;
    }
    long end = lay(blocks, host.endAddress(), host.endOffset());
    long size = end - host.virtualAddress();
    segments.replace(host, host.withSizes(size, size));
    write(blocks);
    return true;
  }

  /**
   * Places the blocks at the end of the file, the second way or the third.
   *
   * @throws ObjectFileException if there is no segment for the blocks
   */
  void placeAtEnd(List<ElfBlock> blocks, boolean writable) {
    if (hasFreeHeader()) {
      addSegment(blocks, writable);
    } else {
      growLastSegment(blocks, writable);
    }
    write(blocks);
  }

  /** Returns whether tables at the end of the file would get a segment of their own. */
  boolean hasFreeHeader() {
    return segments.free() >= 0;
  }

  /**
   * Returns the number of bytes at the end of the file that no header describes, such as a payload.
   */
  long following() {
    return bytes.size() - ElfPadding.endOfStructures(header, segments.all(), sections, bytes);
  }

  /**
   * Reserves bytes that are zero when the file is loaded, at the end of its .bss, and returns their
   * address.
   *
   * @param size the number of bytes, which also is their alignment
   * @throws ObjectFileException if the last segment does not end with a .bss that can grow
   */
  long reserveZeros(int size) {
    ElfSegment last = segments.all().get(Math.max(segments.lastLoad(), 0));
    long address = ElfBytes.alignUp(last.endAddress(), size);
    boolean hasZeros = last.isLoad() && last.isWritable() && last.memorySize() > last.fileSize();
    if (!hasZeros
        || !segments.canGrow(last, bytes)
        || !sections.growZeros(last.endAddress(), address + size)) {
      throw noRoom(size);
    }
    long memory = address + size - last.virtualAddress();
    segments.replace(last, last.withSizes(last.fileSize(), memory));
    return address;
  }

  /**
   * Returns the offset of an address in the edited file, where a segment that grew has another
   * place.
   *
   * @throws ObjectFileException if the address is not in the file
   */
  long offsetOf(long address) {
    for (ElfSegment segment : segments.all()) {
      long distance = address - segment.virtualAddress();
      if (segment.isLoad() && Long.compareUnsigned(distance, segment.fileSize()) < 0) {
        return segment.offset() + distance;
      }
    }
    throw bytes.malformed(
        "address 0x%s is not in a loaded segment's bytes".formatted(Long.toHexString(address)));
  }

  private void write(List<ElfBlock> blocks) {
    for (ElfBlock block : blocks) {
      bytes.put(block.offset(), block.content());
    }
  }

  private static long lengthAt(ElfSegment segment, List<ElfBlock> blocks) {
    long address = segment.endAddress();
    for (ElfBlock block : blocks) {
      address = block.endFrom(address);
    }
    return address - segment.endAddress();
  }

  /**
   * Assigns places to the blocks from here on and returns the first address past the last block.
   */
  private static long lay(List<ElfBlock> blocks, long address, long offset) {
    long cursor = address;
    for (ElfBlock block : blocks) {
      cursor = block.lay(cursor, offset + (cursor - address));
    }
    return cursor;
  }

  private void addSegment(List<ElfBlock> blocks, boolean writable) {
    long page = segments.page();
    long highest = segments.highest();
    long offset = ElfBytes.alignUp(bytes.size(), 16);
    long address = ElfBytes.alignUp(highest, page) + (offset & (page - 1));
    long size = lay(blocks, address, offset) - address;
    if (segments.lastLoad() < 0 || highest < 0 || address > limit() - size - page) {
      throw noRoom(size);
    }
    extendTo(offset + size);
    int flags = writable ? Elf.PF_R | Elf.PF_W : Elf.PF_R;
    segments.insert(
        new ElfSegment(Elf.PT_LOAD, flags, offset, address, size, size, page), segments.free());
  }

  /** Copies the last segment to the end of the file, where there is room to grow. */
  private void growLastSegment(List<ElfBlock> blocks, boolean writable) {
    int index = segments.lastLoad();
    ElfSegment last = segments.all().get(Math.max(index, 0));
    long size = lengthAt(last, blocks);
    if (index < 0 || (writable && !last.isWritable()) || !segments.canGrow(last, bytes)) {
      throw noRoom(size);
    }
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
    sections.moveContent(last.virtualAddress(), last.endAddress(), offset);
    ElfSegment moved =
        new ElfSegment(
            last.type(), last.flags(), offset, last.virtualAddress(), memory, memory, page);
    segments.move(last, moved);
    dynamic.follow(last, moved);
    sections = ElfSections.parse(header, bytes);
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

  /** Lets the section of this type at {@code from}, if there is one, describe a placed block. */
  void moveSection(int type, long from, ElfBlock to) {
    sections.move(type, from, to.address(), to.offset(), to.size());
  }

  /** Returns the dynamic section, to be changed in place. */
  ElfDynamicEdit dynamic() {
    return dynamic;
  }

  ElfSections sections() {
    return sections;
  }

  /** Moves the dynamic section to a placed block, which {@link #finish} fills. */
  void moveDynamic(ElfBlock to) {
    ElfSegment from = segments.dynamic();
    moveSection(Elf.SHT_DYNAMIC, from.virtualAddress(), to);
    segments.all().replaceAll(s -> s.type() == Elf.PT_DYNAMIC ? s.at(to) : s);
    dynamic.moveTo(to, bytes.wordSize());
  }

  /**
   * Adds a section for a placed block, so that strip keeps it. Does nothing if the file has no
   * sections or must keep its size.
   */
  void describe(ElfBlock block, OptionalInt name) {
    describe(block, name, Elf.SHF_ALLOC);
  }

  /** Adds a section for a placed block of code, as {@link #describe(ElfBlock, OptionalInt)}. */
  void describeCode(ElfBlock block) {
    describe(block, OptionalInt.empty(), Elf.SHF_ALLOC | Elf.SHF_EXECINSTR);
  }

  private void describe(ElfBlock block, OptionalInt name, long flags) {
    if (sections.all().isEmpty() || following() > 0) {
      return;
    }
    byte[] table =
        sections.with(name.orElse(0), flags, block.address(), block.offset(), block.size());
    boolean isLast = sections.tableEnd() == bytes.size();
    int word = bytes.wordSize();
    long at = isLast ? sections.tableStart() : ElfBytes.alignUp(bytes.size(), word);
    ElfBytes grown = bytes.over(Arrays.copyOf(bytes.array(), Math.toIntExact(at + table.length)));
    grown.put(at, table);
    grown.putWord(24 + 2 * word, at);
    grown.putU16(24 + 3 * word + 12, sections.all().size() + 1);
    bytes = grown;
  }

  /** Returns the bytes being edited, for changes that keep their size. */
  ElfBytes bytes() {
    return bytes;
  }

  /** Writes the headers and the dynamic section, and returns the edited file. */
  byte[] finish() {
    segments.write(bytes);
    dynamic.write(bytes);
    return bytes.array();
  }
}
