package org.onemalloc.inspect.hazard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ElfDynamicEntry;
import org.onemalloc.objectfile.ElfFile;
import org.onemalloc.objectfile.ElfSegment;

/**
 * The read-only data of a file as text, without the names of its symbols and libraries: tools that
 * edit a file leave the old table of those names where it was, so every copy of it is left out.
 */
final class Texts {
  private static final long DT_STRTAB = 5;
  private static final long DT_STRSZ = 10;

  /** So many bytes alike are a copy of the table. */
  private static final int ALIKE = 32;

  private final List<String> segments;

  private Texts(List<String> segments) {
    this.segments = segments;
  }

  static Texts of(ElfFile elf) {
    List<String> segments = new ArrayList<>();
    String names = "";
    for (ElfSegment segment : elf.segments()) {
      if (segment.isLoad() && !segment.isWritable()) {
        byte[] bytes = new byte[(int) segment.fileSize()];
        elf.content().get((int) segment.offset(), bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        segments.add(text);
        long from = value(elf, DT_STRTAB) - segment.virtualAddress();
        if (from >= 0 && from < text.length()) {
          long end = Math.min(text.length(), from + Math.max(0, value(elf, DT_STRSZ)));
          names = text.substring((int) from, (int) end);
        }
      }
    }
    String table = names;
    return new Texts(segments.stream().map(text -> without(table, text)).toList());
  }

  private static long value(ElfFile elf, long tag) {
    return elf.dynamicEntries().stream()
        .filter(entry -> entry.tag() == tag)
        .mapToLong(ElfDynamicEntry::value)
        .findFirst()
        .orElse(0);
  }

  private static String without(String names, String text) {
    if (names.length() < ALIKE) {
      return text;
    }
    StringBuilder rest = new StringBuilder(text.length());
    String start = names.substring(0, ALIKE);
    int done = 0;
    for (int at = text.indexOf(start); at >= 0; at = text.indexOf(start, done)) {
      rest.append(text, done, at);
      int length = ALIKE;
      while (length < names.length()
          && at + length < text.length()
          && names.charAt(length) == text.charAt(at + length)) {
        length++;
      }
      done = at + length;
    }
    return rest.append(text, done, text.length()).toString();
  }

  /** Whether a string of C is among them as a whole. */
  boolean hasString(String text) {
    String whole = "\0" + text + "\0";
    return segments.stream().anyMatch(segment -> segment.contains(whole));
  }
}
