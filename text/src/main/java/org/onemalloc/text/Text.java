package org.onemalloc.text;

import java.util.ArrayList;
import java.util.List;

/** Plain text made harmless and fitted to a width. */
public final class Text {
  private Text() {}

  /**
   * Makes a name fit to be shown: on one line, and what could steer a terminal, reorder or hide
   * text written out. Those are control characters, line ends included, and the marks of Unicode
   * that reorder or hide text (UTS 55, §2; UTR 36, §2.5).
   *
   * @param name any: the name of a file, a word of a command line, what another program said
   * @return the same, each of these as in Java: {@code \\n}, {@code \\u001b}, {@code \\u202e}
   */
  public static String escaped(String name) {
    return escaped(name, false);
  }

  /**
   * Does the same to text of several lines, whose line ends and tabs stay.
   *
   * @param text any
   * @return the same, harmless
   */
  public static String harmless(String text) {
    return escaped(text, true);
  }

  private static String escaped(String text, boolean lines) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if ((lines && (c == '\n' || c == '\t')) || !steers(c)) {
                clean.appendCodePoint(c);
              } else {
                clean.append(escape(c));
              }
            });
    return clean.toString();
  }

  private static String escape(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c > 0xFFFF ? "\\u{%x}".formatted(c) : "\\u%04x".formatted(c);
    };
  }

  static boolean steers(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  /**
   * Fills up with spaces after the text.
   *
   * @param text any
   * @param width in characters
   * @return of this width, or longer
   */
  public static String padRight(String text, int width) {
    return text + " ".repeat(Math.max(0, width - length(text)));
  }

  /**
   * Fills up with spaces before the text.
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
