package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.List;

/** The program headers of an ELF file that is being edited: always as many as the file has. */
final class ElfSegmentTable {
  private final ElfHeader header;
  private final List<ElfSegment> segments;

  ElfSegmentTable(ElfHeader header) {
    this.header = header;
    this.segments = new ArrayList<>(header.segments());
  }

  /** Returns the headers as they are now. */
  List<ElfSegment> all() {
    return segments;
  }

  /** Returns the index of the last PT_LOAD, or -1. */
  int lastLoad() {
    int last = -1;
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).isLoad()) {
        last = i;
      }
    }
    return last;
  }

  /**
   * Returns the index of a program header that can be replaced, or -1. It is a PT_NULL, or the
   * PT_NOTE of the property note if PT_GNU_PROPERTY describes the same bytes (glibc elf/rtld.c,
   * rtld_setup_main_map, reads PT_GNU_PROPERTY).
   */
  int free() {
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

  /** Returns the largest alignment of a PT_LOAD, at least 1. */
  long page() {
    return segments.stream()
        .filter(ElfSegment::isLoad)
        .mapToLong(ElfSegment::alignment)
        .reduce(1, Math::max);
  }

  /** Returns the first address past every PT_LOAD. */
  long highest() {
    return segments.stream()
        .filter(ElfSegment::isLoad)
        .mapToLong(ElfSegment::endAddress)
        .reduce(0, Math::max);
  }

  /** Returns whether no PT_LOAD extends past this one, and it does not hold the headers. */
  boolean canGrow(ElfSegment last, ElfBytes bytes) {
    boolean isHighest =
        segments.stream()
            .allMatch(
                s -> !s.isLoad() || Long.compareUnsigned(s.endAddress(), last.endAddress()) <= 0);
    boolean holdsHeaders =
        header.segmentsOffset() + (long) segments.size() * bytes.segmentHeaderSize() > last.offset()
            && header.segmentsOffset() < last.endOffset();
    return isHighest && !holdsHeaders && last.virtualAddress() >= 0 && last.memorySize() >= 0;
  }

  void replace(ElfSegment segment, ElfSegment by) {
    segments.set(segments.indexOf(segment), by);
  }

  /** Puts a header after the last PT_LOAD, in place of the one at an index. */
  void insert(ElfSegment segment, int instead) {
    int last = lastLoad();
    segments.add(last + 1, segment);
    segments.remove(instead > last ? instead + 1 : instead);
  }

  /** Replaces a segment whose bytes moved in the file, and moves the segments inside it too. */
  void move(ElfSegment from, ElfSegment to) {
    long distance = to.offset() - from.offset();
    int index = segments.lastIndexOf(from);
    segments.replaceAll(s -> isInside(s, from) ? s.withOffset(s.offset() + distance) : s);
    segments.set(index, to);
  }

  /** Returns whether a segment describes a part of another, both in the file and in memory. */
  private static boolean isInside(ElfSegment part, ElfSegment whole) {
    long distance = part.virtualAddress() - whole.virtualAddress();
    return !part.isLoad()
        && distance >= 0
        && distance <= whole.memorySize()
        && part.offset() - whole.offset() == distance;
  }

  ElfSegment dynamic() {
    return segments.stream().filter(s -> s.type() == Elf.PT_DYNAMIC).findFirst().orElseThrow();
  }

  /** Writes the headers that changed. */
  void write(ElfBytes into) {
    for (int i = 0; i < segments.size(); i++) {
      if (!segments.get(i).equals(header.segments().get(i))) {
        segments.get(i).write(into, (int) header.segmentsOffset() + i * into.segmentHeaderSize());
      }
    }
  }
}
