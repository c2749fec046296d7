package org.onemalloc.text;

/** Colours for a terminal, or none. */
public enum Style {
  /** None. */
  PLAIN,
  /** ANSI escape sequences. */
  ANSI;

  /**
   * Bold.
   *
   * @param text any
   * @return marked, unless blank
   */
  public String bold(String text) {
    return paint("1", text);
  }

  /**
   * Faint.
   *
   * @param text any
   * @return marked, unless blank
   */
  public String dim(String text) {
    return paint("2", text);
  }

  /**
   * Green and bold.
   *
   * @param text any
   * @return marked, unless blank
   */
  public String better(String text) {
    return paint("1;32", text);
  }

  /**
   * Red and bold.
   *
   * @param text any
   * @return marked, unless blank
   */
  public String worse(String text) {
    return paint("1;31", text);
  }

  private String paint(String code, String text) {
    return this == PLAIN || text.isBlank() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
  }
}
