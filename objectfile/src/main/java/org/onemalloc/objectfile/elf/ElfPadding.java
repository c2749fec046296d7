package org.onemalloc.objectfile.elf;

import java.util.List;

/** Finds the zero bytes past a segment that nothing uses and that the segment may grow over. */
final class ElfPadding {
  private ElfPadding() {}

  /**
   * How many bytes past a segment are free, in the file and in memory; 0 for one that is writable,
   * is not loaded, or has bytes that are not in the file, and where anything but zeros lies between
   * it and the next structure: data that no header describes.
   */
  static long past(
      ElfSegment segment, List<ElfSegment> segments, ElfSections sections, ElfBytes bytes) {
    if (!segment.isLoad()
        || segment.isWritable()
        || segment.fileSize() == 0
        || segment.fileSize() != segment.memorySize()) {
      return 0;
    }
    long next = nextUse(segment.endOffset(), segments, sections, bytes);
    for (long at = segment.endOffset(); at < next; at++) {
      if (bytes.array()[(int) at] != 0) {
        return 0;
      }
    }
    return Math.min(next - segment.endOffset(), inMemory(segment, segments));
  }

  /** The first file offset past everything that the headers describe, themselves included. */
  static long endOfStructures(
      ElfHeader header, List<ElfSegment> segments, ElfSections sections, ElfBytes bytes) {
    long end = header.segmentsOffset() + (long) segments.size() * bytes.segmentHeaderSize();
    for (ElfSegment segment : segments) {
      end = Math.max(end, segment.fileSize() > 0 ? segment.endOffset() : 0);
    }
    for (ElfSections.Section section : sections.all()) {
      end = Math.max(end, section.endOffset());
    }
    return Math.min(Math.max(end, sections.tableEnd()), bytes.size());
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
