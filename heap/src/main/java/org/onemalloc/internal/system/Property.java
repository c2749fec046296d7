package org.onemalloc.internal.system;

import java.util.Locale;
import org.onemalloc.HeapError;

/** Reads the library's system properties, and refuses illegal values with a sentence. */
public final class Property {
  private Property() {}

  /** Returns a property that is {@code on} or {@code off}. */
  public static boolean on(String name, boolean otherwise) {
    return word(name, otherwise ? "on" : "off", "on", "off").equals("on");
  }

  /** Returns a property that is one of some words. */
  public static String word(String name, String otherwise, String... words) {
    String text = System.getProperty(name, otherwise);
    for (String word : words) {
      if (word.equals(text)) {
        return text;
      }
    }
    throw illegal(name, text, "one of " + String.join(", ", words));
  }

  /** Returns a property that is a number of at least {@code least}. */
  public static long number(String name, long otherwise, long least, String unit) {
    String text = System.getProperty(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= least) {
        return value;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw illegal(name, text, "a number of " + unit + ", at least " + least);
  }

  /** Parses the value of a property as a number of bytes, written as for the JVM: 512k, 64m, 2g. */
  public static long bytes(String name, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int unit = lower.isEmpty() ? -1 : "kmg".indexOf(lower.charAt(lower.length() - 1));
    try {
      String digits = unit < 0 ? lower : lower.substring(0, lower.length() - 1);
      long bytes = Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (unit + 1)));
      if (bytes > 0) {
        return bytes;
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // refused below
    }
    throw illegal(name, text, "a number of bytes above 0, optionally followed by k, m or g");
  }

  private static HeapError illegal(String name, String text, String wanted) {
    return new HeapError(
        "The system property " + name + " is \"" + text + "\": it must be " + wanted + ".");
  }
}
