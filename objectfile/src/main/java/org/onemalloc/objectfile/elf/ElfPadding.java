package org.onemalloc.objectfile.elf;

import java.util.List;

/** Finds the zero bytes behind a segment that nothing uses and that the segment may grow over. */
final class ElfPadding {
  private ElfPadding() {}

  /**
   * How many bytes behind a segment are free, in the file and in memory; 0 for one that is
   * writable, is not loaded, or has bytes that are not in the file.
   */
  static long behind(
      ElfSegment segment, List<ElfSegment> segments, ElfSections sections, ElfBytes bytes) {
    if (!segment.isLoad()
        || segment.isWritable()
        || segment.fileSize() == 0
        || segment.fileSize() != segment.memorySize()) {
      return 0;
    }
    long inFile = nextUse(segment.endOffset(), segments, sections, bytes) - segment.endOffset();
    long limit = Math.min(inFile, inMemory(segment, segments));
    int start = (int) segment.endOffset();
    int free = 0;
    while (free < limit && bytes.array()[start + free] == 0) {
      free++;
    }
    return free;
  }

  /** The first file offset from {@code offset} on that a header says is used. */
  private static long nextUse(
      long offset, List<ElfSegment> segments, ElfSections sections, ElfBytes bytes) {
    long next = bytes.size();
    for (ElfSegment segment : segments) {
      if (segment.fileSize() > 0 && segment.endOffset() > offset) {
        next = Math.min(next, Math.max(segment.offset(), offset));
      }
    }
    for (ElfSections.Section section : sections.all()) {
      if (section.endOffset() > offset && section.endOffset() > section.offset()) {
        next = Math.min(next, Math.max(section.offset(), offset));
      }
    }
    if (sections.tableEnd() > offset) {
      next = Math.min(next, Math.max(sections.tableStart(), offset));
    }
    return next;
  }

  /** How far the segment may grow before it shares a page with the next. */
  private static long inMemory(ElfSegment segment, List<ElfSegment> segments) {
    long room = Long.MAX_VALUE;
    for (ElfSegment other : segments) {
      if (other.isLoad()
          && Long.compareUnsigned(other.virtualAddress(), segment.virtualAddress()) > 0) {
        long page = Math.max(1, Math.max(other.alignment(), segment.alignment()));
        room = Math.min(room, (other.virtualAddress() & -page) - segment.endAddress());
      }
    }
    return Math.max(room, 0);
  }
}
