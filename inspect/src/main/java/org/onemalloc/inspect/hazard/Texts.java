package org.onemalloc.inspect.hazard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onemalloc.objectfile.ElfDynamicEntry;
import org.onemalloc.objectfile.ElfFile;
import org.onemalloc.objectfile.ElfSegment;

/** The read-only data of a file as text, without the names of its symbols and libraries. */
final class Texts {
  private static final long DT_STRTAB = 5;
  private static final long DT_STRSZ = 10;

  private final List<String> segments;

  private Texts(List<String> segments) {
    this.segments = segments;
  }

  static Texts of(ElfFile elf) {
    long names = value(elf, DT_STRTAB);
    long end = names + value(elf, DT_STRSZ);
    List<String> segments = new ArrayList<>();
    for (ElfSegment segment : elf.segments()) {
      if (segment.isLoad() && !segment.isWritable()) {
        byte[] bytes = new byte[(int) segment.fileSize()];
        ByteBuffer content = elf.content();
        content.get((int) segment.offset(), bytes);
        long from = Math.max(0, names - segment.virtualAddress());
        long to = Math.min(bytes.length, end - segment.virtualAddress());
        if (from < to) {
          Arrays.fill(bytes, (int) from, (int) to, (byte) ' ');
        }
        segments.add(new String(bytes, StandardCharsets.ISO_8859_1));
      }
    }
    return new Texts(segments);
  }

  private static long value(ElfFile elf, long tag) {
    return elf.dynamicEntries().stream()
        .filter(entry -> entry.tag() == tag)
        .mapToLong(ElfDynamicEntry::value)
        .findFirst()
        .orElse(0);
  }

  /** Whether a string of C is among them as a whole. */
  boolean hasString(String text) {
    String whole = "\0" + text + "\0";
    return segments.stream().anyMatch(segment -> segment.contains(whole));
  }
}
