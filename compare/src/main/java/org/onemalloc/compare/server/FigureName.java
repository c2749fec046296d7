package org.onemalloc.compare.server;

/**
 * What stands on the left of an option that names a figure.
 *
 * @param name its name
 * @param unit its unit; empty if none is given
 * @param rest what follows the equals sign
 */
record FigureName(String name, String unit, String rest) {

  /**
   * Reads {@code NAME=REST} or {@code NAME:UNIT=REST}.
   *
   * @param option the option, for the message
   * @param what what REST is, for the message
   * @throws IllegalArgumentException if it is not of that form; the message is a sentence
   */
  static FigureName parse(String option, String text, String what) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(option + " " + text + " is not NAME=" + what + ".");
    }
    String head = text.substring(0, equals);
    int colon = head.lastIndexOf(':');
    String name = colon > 0 ? head.substring(0, colon) : head;
    if (!Character.isLetterOrDigit(name.codePointAt(0))) {
      // A spreadsheet would take some of these for a formula.
      throw new IllegalArgumentException(
          option + " " + name + ": a name begins with a letter or a digit.");
    }
    return new FigureName(
        name, colon > 0 ? head.substring(colon + 1) : "", text.substring(equals + 1));
  }
}
