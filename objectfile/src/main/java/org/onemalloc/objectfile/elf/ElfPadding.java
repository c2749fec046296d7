package org.onemalloc.objectfile.elf;

import java.util.List;

/** Finds the unused zero bytes past the end of a segment, over which the segment may grow. */
final class ElfPadding {
  private ElfPadding() {}

  /**
   * Returns the number of bytes past the end of a segment that are free, in the file and in memory.
   * It is 0 for a segment that is writable, is not loaded, or has bytes that are not in the file.
   * It is also 0 if any byte between the segment and the next structure is not zero: such bytes are
   * data that no header describes.
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

  /** Returns the first file offset past the headers and everything that they describe. */
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

  /**
   * Returns the first file offset at or after {@code offset} that is in use according to a header.
   */
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

  /**
   * Returns the number of bytes by which the segment may grow before it shares a page with the
   * next.
   */
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
