package org.onemalloc.objectfile.macho;

import java.util.ArrayList;
import java.util.List;

/**
 * A segment with its sections (LC_SEGMENT, LC_SEGMENT_64).
 *
 * @param address the address before sliding
 * @param size the size in memory in bytes
 * @param offset the offset in the file
 * @param fileSize the size in the file in bytes
 */
record MachoSegment(
    String name, long address, long size, long offset, long fileSize, List<Section> sections) {

  /**
   * A section. In a file that is not linked yet, its segment name may differ from that of the
   * segment.
   */
  record Section(String segment, String name, long address, long size, int flags) {
    private static final int S_INTERPOSING = 0xd;

    /** Returns whether dyld looks for interposing tuples in this section. */
    boolean isInterposing() {
      return (flags & 0xff) == S_INTERPOSING
          || (name.equals("__interpose") && segment.startsWith("__DATA"));
    }
  }

  private static final int MOST = 256;
  private static final int MOST_INTERPOSING = 16;

  /**
   * Returns all segments in file order, which gives the segment numbers of bind opcodes and chained
   * fixups.
   */
  static List<MachoSegment> of(MachoHeader header) {
    List<MachoSegment> segments = new ArrayList<>();
    for (MachoHeader.Command command : header.commands()) {
      if (command.number() == MachoHeader.LC_SEGMENT) {
        segments.add(parse(header, command, false));
      } else if (command.number() == MachoHeader.LC_SEGMENT_64) {
        segments.add(parse(header, command, true));
      }
    }
    if (segments.size() > MOST || interposing(segments).size() > MOST_INTERPOSING) {
      throw header.bytes().malformed("it has too many segments or interposing sections");
    }
    return List.copyOf(segments);
  }

  /** Returns the sections with interposing tuples. */
  static List<Section> interposing(List<MachoSegment> segments) {
    return segments.stream()
        .flatMap(s -> s.sections().stream())
        .filter(Section::isInterposing)
        .toList();
  }

  private static MachoSegment parse(MachoHeader header, MachoHeader.Command command, boolean wide) {
    var bytes = header.bytes();
    int word = wide ? 8 : 4;
    int at = command.offset();
    int headerSize = 24 + 4 * word + 16;
    int sectionSize = wide ? 80 : 68;
    long count = header.field(command, 24 + 4 * word + 8);
    if (headerSize + count * sectionSize > command.size()) {
      throw bytes.malformed("a segment's sections do not fit into its load command");
    }
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int s = at + headerSize + i * sectionSize;
      sections.add(
          new Section(
              bytes.paddedText(s + 16, 16),
              bytes.paddedText(s, 16),
              bytes.word(s + 32, wide),
              bytes.word(s + 32 + word, wide),
              bytes.i32(s + 32 + 2 * word + 16)));
    }
    return new MachoSegment(
        bytes.paddedText(at + 8, 16),
        bytes.word(at + 24, wide),
        bytes.word(at + 24 + word, wide),
        bytes.word(at + 24 + 2 * word, wide),
        bytes.word(at + 24 + 3 * word, wide),
        List.copyOf(sections));
  }
}
