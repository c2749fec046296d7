package org.onemalloc.objectfile;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Searches for several texts in one pass over the bytes.
 *
 * <p>Wu and Manber, "A fast algorithm for multi-pattern searching" (1994), with blocks of two
 * bytes. Most steps skip nearly as many bytes as the shortest text has. Immutable and thread-safe.
 */
public final class TextSearch {
  private static final int BLOCK = 2;

  private final List<byte[]> texts;
  private final int window;
  private final byte[] jumps = new byte[1 << 16];

  /**
   * Receives each place, in ascending order; texts at the same place are reported in their order.
   */
  @FunctionalInterface
  public interface Match {
    /**
     * Receives one place.
     *
     * @param text the index of the text, counted from 0
     * @param place the index of its first byte
     */
    void at(int text, int place);
  }

  /**
   * Prepares a search.
   *
   * @param texts the texts to find, in Latin-1; at least one, each of 2 to 127 characters
   */
  public TextSearch(List<String> texts) {
    this.texts = texts.stream().map(t -> t.getBytes(StandardCharsets.ISO_8859_1)).toList();
    this.window = this.texts.stream().mapToInt(t -> t.length).min().orElseThrow();
    if (window < BLOCK || this.texts.stream().anyMatch(t -> t.length > Byte.MAX_VALUE)) {
      throw new IllegalArgumentException("a text must have 2 to 127 characters");
    }
    Arrays.fill(jumps, (byte) (window - BLOCK + 1));
    for (byte[] text : this.texts) {
      for (int end = BLOCK; end <= window; end++) {
        int block = (text[end - 2] & 0xff) << 8 | (text[end - 1] & 0xff);
        jumps[block] = (byte) Math.min(jumps[block], window - end);
      }
    }
  }

  /** Returns the number of texts. */
  public int count() {
    return texts.size();
  }

  /**
   * Finds every occurrence of every text that lies completely within a range.
   *
   * @param bytes the bytes to search
   * @param from the start of the range
   * @param to the first byte past the range
   */
  public void forEach(byte[] bytes, int from, int to, Match match) {
    // Only C1 compiles this loop, so fields are copied to locals and each byte pair is loaded once.
    byte[] table = jumps;
    int last = to - 1;
    int at = from + window - 1;
    while (at <= last) {
      int jump = table[(bytes[at - 1] & 0xff) << 8 | (bytes[at] & 0xff)];
      if (jump == 0) {
        match(bytes, at - window + 1, to, match);
        jump = 1;
      }
      at += jump;
    }
  }

  private void match(byte[] bytes, int start, int to, Match match) {
    for (int i = 0; i < texts.size(); i++) {
      byte[] text = texts.get(i);
      if (bytes[start] == text[0]
          && start + text.length <= to
          && Arrays.equals(bytes, start, start + text.length, text, 0, text.length)) {
        match.at(i, start);
      }
    }
  }

  /**
   * Finds the first place of each text.
   *
   * @param bytes the bytes to search
   * @return the index of the first byte for each text, or -1
   */
  public int[] firstIn(byte[] bytes) {
    int[] places = none();
    forEach(bytes, 0, bytes.length, (text, place) -> keepFirst(places, text, place));
    return places;
  }

  /** Returns an array with -1 for each text: no place is found yet. */
  int[] none() {
    int[] places = new int[texts.size()];
    Arrays.fill(places, -1);
    return places;
  }

  static void keepFirst(int[] places, int text, int place) {
    if (places[text] < 0 || place < places[text]) {
      places[text] = place;
    }
  }
}
