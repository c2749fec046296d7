package org.onemalloc.compare.report;

/**
 * The look of a variant's marks: a class name that the style sheet knows. The hues are P. Tol's
 * "bright" scheme (https://personal.sron.nl/~pault/, which people with any common colour blindness
 * tell apart), the light ones darkened on white; the baseline is grey. From the eighth variant on
 * they repeat with a dash. No colour stands alone: every line, dot and row carries its name.
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
