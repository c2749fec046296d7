package org.onemalloc.objectfile.elf;

import java.util.HashMap;
import java.util.Map;

/**
 * Reads strings of the dynamic string table and decodes the string at each offset only once.
 *
 * <p>Strings may share their tails, so a hostile table of n bytes describes n²/2 characters. The
 * total of the decoded characters is therefore limited to a multiple of the file's size, far above
 * that of any linker's output.
 *
 * <p>Not thread-safe: an instance serves one pass over a table.
 */
final class ElfStrings {
  private static final int DECODED_PER_BYTE = 4;

  private final ElfBytes bytes;
  private final int offset;
  private final int size;
  private final Map<Integer, String> decoded = new HashMap<>();
  private long budget;

  ElfStrings(ElfBytes bytes, int offset, int size) {
    this.bytes = bytes;
    this.offset = offset;
    this.size = size;
    this.budget = (long) DECODED_PER_BYTE * bytes.size();
  }

  int offset() {
    return offset;
  }

  int size() {
    return size;
  }

  String at(long index) {
    if (index < 0 || index >= size) {
      throw bytes.malformed(
          "a name points to place %s of a string table of %d bytes"
              .formatted(Long.toUnsignedString(index), size));
    }
    return decoded.computeIfAbsent((int) index, this::decode);
  }

  /** Returns whether the string at an offset is this one of ASCII; decodes nothing. */
  boolean isAt(long index, String string) {
    if (index < 0 || index >= size - string.length()) {
      return false;
    }
    for (int i = 0; i < string.length(); i++) {
      if (bytes.u8(offset + index + i) != string.charAt(i)) {
        return false;
      }
    }
    return bytes.u8(offset + index + string.length()) == 0;
  }

  private String decode(int index) {
    int end = bytes.endOfText(offset + index, offset + size);
    budget -= end - offset - index;
    if (budget < 0) {
      throw bytes.malformed("its names overlap");
    }
    return bytes.text(offset + index, end);
  }
}
