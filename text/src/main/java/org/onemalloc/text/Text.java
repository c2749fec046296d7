package org.onemalloc.text;

import java.util.ArrayList;
import java.util.List;

/** Escapes plain text and fits it to a width. */
public final class Text {
  private Text() {}

  /**
   * Escapes a name for display on one line. The escaped characters are those that could control a
   * terminal, or reorder or hide text: control characters, line terminators included, and the
   * Unicode marks that reorder or hide text (UTS 55, §2; UTR 36, §2.5).
   *
   * @param name any text: the name of a file, a word of a command line, the output of a program
   * @return the name, with these characters escaped as in Java: {@code \\n}, {@code \\u001b},
   *     {@code \\u202e}
   */
  public static String escaped(String name) {
    return escaped(name, false);
  }

  /**
   * Escapes text of several lines in the same way, but keeps line terminators and tabs.
   *
   * @param text any text
   * @return the escaped text
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
   * Appends spaces to a text up to a width.
   *
   * @param text any text
   * @param width the width in characters
   * @return a text of at least this width
   */
  public static String padRight(String text, int width) {
    return text + " ".repeat(Math.max(0, width - length(text)));
  }

  /**
   * Inserts spaces before a text up to a width.
   *
   * @param text any text
   * @param width the width in characters
   * @return a text of at least this width
   */
  public static String padLeft(String text, int width) {
    return " ".repeat(Math.max(0, width - length(text))) + text;
  }

  /**
   * Shortens a name at its beginning, because the end of a path is more informative.
   *
   * @param text any text
   * @param width the width in characters, at least 1
   * @return a text of at most this width
   */
  public static String fitted(String text, int width) {
    return length(text) <= width ? text : "…" + text.substring(text.length() - width + 1);
  }

  /**
   * Returns the number of characters that a terminal shows.
   *
   * @param text any text
   * @return the number of code points
   */
  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /**
   * Returns the end of a text.
   *
   * @param text any text
   * @param most the maximum number of lines, at least 0
   * @return its last lines, separated by line feeds, without a line feed at the end
   */
  public static String lastLines(String text, int most) {
    List<String> lines = text.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - most), lines.size()));
  }

  /**
   * Breaks a text at spaces. A word longer than the width stays whole, so that a path can be
   * copied.
   *
   * @param text any text
   * @param width the width in characters
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
