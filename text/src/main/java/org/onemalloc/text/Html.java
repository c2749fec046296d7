package org.onemalloc.text;

/** Escapes text for HTML and SVG. */
public final class Html {
  private Html() {}

  /**
   * Escapes text for element content and quoted attributes (HTML Standard, §13.3).
   *
   * @param text any text
   * @return the escaped text
   */
  public static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (char c : Text.harmless(text).toCharArray()) {
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /**
   * Escapes a sentence and keeps numbers together with their units.
   *
   * @param text any text
   * @return the escaped text
   */
  public static String sentence(String text) {
    return escape(text).replace(" %", "&nbsp;%").replace(" … ", "&nbsp;…&nbsp;");
  }
}
