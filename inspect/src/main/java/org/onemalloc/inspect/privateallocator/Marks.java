package org.onemalloc.inspect.privateallocator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Looks for many texts in one pass, for the first place of each.
 *
 * <p>Wu and Manber, "A fast algorithm for multi-pattern searching" (1994), with blocks of two
 * bytes: most steps jump over nearly as many bytes as the shortest text has.
 */
final class Marks {
  private static final int BLOCK = 2;

  private final List<byte[]> texts;
  private final int window;
  private final byte[] jumps = new byte[1 << 16];

  /** Texts in Latin-1 of at least 8 characters each. */
  Marks(List<String> texts) {
    this.texts = texts.stream().map(t -> t.getBytes(StandardCharsets.ISO_8859_1)).toList();
    this.window = this.texts.stream().mapToInt(t -> t.length).min().orElseThrow();
    Arrays.fill(jumps, (byte) (window - BLOCK + 1));
    for (byte[] text : this.texts) {
      for (int end = BLOCK; end <= window; end++) {
        int block = block(text, end);
        jumps[block] = (byte) Math.min(jumps[block], window - end);
      }
    }
  }

  private static int block(byte[] bytes, int end) {
    return (bytes[end - 2] & 0xff) << 8 | (bytes[end - 1] & 0xff);
  }

  /** Where each text first is in {@code bytes}, or -1. */
  int[] find(byte[] bytes) {
    int[] places = new int[texts.size()];
    Arrays.fill(places, -1);
    int end = window;
    while (end <= bytes.length) {
      int jump = jumps[block(bytes, end)];
      if (jump == 0) {
        match(bytes, end - window, places);
        jump = 1;
      }
      end += jump;
    }
    return places;
  }

  private void match(byte[] bytes, int start, int[] places) {
    for (int i = 0; i < places.length; i++) {
      byte[] text = texts.get(i);
      if (places[i] < 0
          && start + text.length <= bytes.length
          && Arrays.equals(bytes, start, start + text.length, text, 0, text.length)) {
        places[i] = start;
      }
    }
  }

  /**
   * The longest word with a text in it: letters, digits and underscores.
   *
   * @param place where the text first is
   */
  static String longestWord(byte[] bytes, String text, int place) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    String longest = "";
    for (int at = place; at <= bytes.length - wanted.length; at++) {
      if (bytes[at] == wanted[0]
          && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        String word = wordAt(bytes, at);
        longest = word.length() > longest.length() ? word : longest;
      }
    }
    return longest;
  }

  private static String wordAt(byte[] bytes, int place) {
    int from = place;
    while (from > 0 && place - from < 64 && isWord(bytes[from - 1])) {
      from--;
    }
    int to = place;
    while (to < bytes.length && to - place < 64 && isWord(bytes[to])) {
      to++;
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static boolean isWord(byte b) {
    return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '_';
  }

  /** All texts of some lists, in order. */
  static Marks ofAll(List<List<String>> lists) {
    List<String> all = new ArrayList<>();
    lists.forEach(all::addAll);
    return new Marks(all);
  }
}
