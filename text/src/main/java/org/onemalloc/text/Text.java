package org.onemalloc.text;

import java.util.ArrayList;
import java.util.List;

/** Plain text made harmless and fitted to a width. */
public final class Text {
  private Text() {}

  /**
   * Replaces what could steer a terminal or hide text: control characters but line ends and tabs,
   * and the marks that reorder text (Unicode TR 36, §2.5.1).
   *
   * @param text any
   * @return the same, each of these replaced by U+FFFD
   */
  public static String harmless(String text) {
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

  /**
   * Fills up with spaces behind the text.
   *
   * @param text any
   * @param width in characters
   * @return of this width, or longer
   */
  public static String padRight(String text, int width) {
    return text + " ".repeat(Math.max(0, width - length(text)));
  }

  /**
   * Fills up with spaces in front of the text.
   *
   * @param text any
   * @param width in characters
   * @return of this width, or longer
   */
  public static String padLeft(String text, int width) {
    return " ".repeat(Math.max(0, width - length(text))) + text;
  }

  /**
   * Shortens a name from its front: the end of a path says more.
   *
   * @param text any
   * @param width in characters, at least 1
   * @return of this width at most
   */
  public static String fitted(String text, int width) {
    return length(text) <= width ? text : "…" + text.substring(text.length() - width + 1);
  }

  /**
   * How many characters a terminal shows.
   *
   * @param text any
   * @return code points
   */
  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /**
   * Breaks at spaces; a word longer than the width stays whole, so that a path can be copied.
   *
   * @param text any
   * @param width in characters
   * @return the lines
   */
  public static List<String> wrap(String text, int width) {
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
