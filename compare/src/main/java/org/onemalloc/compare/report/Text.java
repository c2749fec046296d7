package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.List;

/** Plain text made harmless and fitted to a width. */
final class Text {
  private Text() {}

  /**
   * Replaces what could steer a terminal or hide text: control characters but line ends and tabs,
   * and the marks that reorder text (Unicode TR 36, §2.5.1).
   */
  static String harmless(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .map(c -> c == '\n' || c == '\t' || !steers(c) ? c : '\uFFFD')
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  private static boolean steers(int c) {
    return Character.isISOControl(c)
        || (c >= 0x202A && c <= 0x202E)
        || (c >= 0x2066 && c <= 0x2069)
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  static String padRight(String text, int width) {
    return text + " ".repeat(Math.max(0, width - length(text)));
  }

  static String padLeft(String text, int width) {
    return " ".repeat(Math.max(0, width - length(text))) + text;
  }

  /** Shortens a name from its front: the end of a path says more. */
  static String fitted(String text, int width) {
    return length(text) <= width ? text : "…" + text.substring(text.length() - width + 1);
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Breaks at spaces; a word longer than the width stays whole, so that a path can be copied. */
  static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      StringBuilder current = new StringBuilder();
      for (String word : line.split(" ", -1)) {
        if (!current.isEmpty() && length(current.toString()) + 1 + length(word) > width) {
          lines.add(current.toString());
          current.setLength(0);
        }
        current.append(current.isEmpty() ? "" : " ").append(word);
      }
      lines.add(current.toString());
    }
    return lines;
  }
}
