package org.onemalloc.compare.report;

/**
 * The look of a variant's marks, as a class name of the style sheet. The hues are P. Tol's "bright"
 * scheme (https://personal.sron.nl/~pault/, which people with any common colour blindness can
 * distinguish), the light ones darkened on white; the baseline is grey. From the eighth variant on
 * they repeat with a dash. Colour is never the only mark: every line, dot and row has its name.
 */
final class Palette {
  private static final int HUES = 6;

  private Palette() {}

  static String of(int index) {
    if (index == 0) {
      return "v0";
    }
    int hue = (index - 1) % HUES + 1;
    return "v" + hue + (index > HUES ? " again" : "");
  }
}
