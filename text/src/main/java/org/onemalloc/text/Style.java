package org.onemalloc.text;

/** Marks text with colours for a terminal, or leaves it plain. */
public enum Style {
  /** No colours. */
  PLAIN,
  /** ANSI escape sequences. */
  ANSI;

  /**
   * Returns a text in bold.
   *
   * @param text any text
   * @return the text with escape sequences; unchanged if blank or in {@link #PLAIN} style
   */
  public String bold(String text) {
    return paint("1", text);
  }

  /**
   * Returns a text in faint letters.
   *
   * @param text any text
   * @return the text with escape sequences; unchanged if blank or in {@link #PLAIN} style
   */
  public String dim(String text) {
    return paint("2", text);
  }

  /**
   * Returns a text in bold green.
   *
   * @param text any text
   * @return the text with escape sequences; unchanged if blank or in {@link #PLAIN} style
   */
  public String better(String text) {
    return paint("1;32", text);
  }

  /**
   * Returns a text in bold red.
   *
   * @param text any text
   * @return the text with escape sequences; unchanged if blank or in {@link #PLAIN} style
   */
  public String worse(String text) {
    return paint("1;31", text);
  }

  private String paint(String code, String text) {
    return this == PLAIN || text.isBlank() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
  }
}
