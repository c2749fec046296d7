package org.onemalloc.inspect.hazard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onemalloc.objectfile.TextSearch;
import org.onemalloc.objectfile.elf.ElfDynamicEntry;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSegment;

/**
 * Finds words that are whole C strings in a file's read-only data, other than the names of its
 * symbols and libraries. Tools that edit a file leave the old table of those names in place, so
 * every copy of the table is excluded.
 */
final class Texts {
  private static final long DT_STRTAB = 5;
  private static final long DT_STRSZ = 10;

  /** A run of this many equal bytes is a copy of the table. */
  private static final int ALIKE = 32;

  private final ElfFile elf;
  private final ByteBuffer content;
  private final List<String> words;
  private final Set<String> found = new HashSet<>();
  private int namesStart;
  private int namesLength;

  /** The first byte past the last copy of the table of names. */
  private int pastNames;

  private Texts(ElfFile elf, List<String> words) {
    this.elf = elf;
    this.content = elf.content();
    this.words = words;
  }

  /** Returns those of {@code words} that the file has. */
  static Set<String> in(ElfFile elf, List<String> words) {
    Texts texts = new Texts(elf, words);
    texts.findNames();
    List<String> wanted = new ArrayList<>();
    words.forEach(word -> wanted.add("\0" + word + "\0"));
    if (texts.namesLength >= ALIKE) {
      // first in the list: if a word and a copy of the table start at the same place, the copy must
      // be met first
      wanted.addFirst(texts.startOfNames());
      elf.findTexts(new TextSearch(wanted), (text, place) -> texts.met(text - 1, place));
    } else {
      elf.findTexts(new TextSearch(wanted), texts::met);
    }
    return texts.found;
  }

  /**
   * Finds the table, which an editor may have put at the end of the file, in a writable segment.
   */
  private void findNames() {
    for (ElfSegment segment : elf.segments()) {
      long from = value(DT_STRTAB) - segment.virtualAddress();
      if (segment.isLoad() && from >= 0 && from < segment.fileSize()) {
        namesStart = (int) (segment.offset() + from);
        namesLength = (int) Math.min(segment.fileSize() - from, Math.max(0, value(DT_STRSZ)));
      }
    }
  }

  private long value(long tag) {
    return elf.dynamicEntries().stream()
        .filter(entry -> entry.tag() == tag)
        .mapToLong(ElfDynamicEntry::value)
        .findFirst()
        .orElse(0);
  }

  private String startOfNames() {
    byte[] start = new byte[ALIKE];
    content.get(namesStart, start);
    return new String(start, StandardCharsets.ISO_8859_1);
  }

  /** Records the place of a word or, if its number is negative, of a copy of the table. */
  private void met(int word, int place) {
    if (place < pastNames) {
      return;
    }
    if (word < 0) {
      pastNames = place + alike(place);
    } else if (isReadOnly(place + 1, words.get(word).length() + 1)) { // a segment may start with it
      found.add(words.get(word));
    }
  }

  private int alike(int place) {
    int length = ALIKE;
    while (length < namesLength
        && place + length < content.limit()
        && content.get(namesStart + length) == content.get(place + length)) {
      length++;
    }
    return length;
  }

  private boolean isReadOnly(int place, int length) {
    for (ElfSegment segment : elf.segments()) {
      if (segment.isLoad()
          && !segment.isWritable()
          && place >= segment.offset()
          && place + length <= segment.endOffset()) {
        return true;
      }
    }
    return false;
  }
}
