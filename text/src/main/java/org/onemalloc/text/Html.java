package org.onemalloc.text;

/** Text inside HTML and SVG. */
public final class Html {
  private Html() {}

  /**
   * Escapes for element content and for quoted attributes (HTML Standard, §13.3).
   *
   * @param text any
   * @return harmless in a page
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
   * @param text any
   * @return harmless in a page
   */
  public static String sentence(String text) {
    return escape(text).replace(" %", "&nbsp;%").replace(" … ", "&nbsp;…&nbsp;");
  }
}
