package org.onemalloc.compare.report;

import java.util.Locale;
import org.onemalloc.compare.judge.Figure;

/** Numbers with few digits in the units of the table: seconds, MB of 2^20 bytes, counts. */
final class Units {
  private static final double NANOS = 1e9;
  private static final double MEBI = 1 << 20;

  private Units() {}

  static double scaled(Figure figure, double value) {
    return switch (figure.group()) {
      case TIME -> value / NANOS;
      case MEMORY -> value / MEBI;
      case LOAD, EVENTS -> value;
    };
  }

  static String text(Figure figure, double value) {
    double scaled = scaled(figure, value);
    return figure.group() == Figure.Group.EVENTS ? count(scaled) : number(scaled);
  }

  static String withUnit(Figure figure, double value) {
    return (text(figure, value) + " " + figure.unit()).strip();
  }

  /** Returns a number with three significant digits, more only if a whole number needs them. */
  static String number(double value) {
    int decimals = value >= 99.95 || value == 0 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** Returns the label of a tick at a value that is already scaled. */
  static String tick(Figure figure, double scaled) {
    boolean large = figure.group() == Figure.Group.EVENTS && scaled >= 10_000;
    return large ? Scale.label(scaled / 1000) + "k" : Scale.label(scaled);
  }

  private static String count(double value) {
    if (value < 9_999.5) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    boolean millions = value >= 999_500;
    return number(value / (millions ? 1e6 : 1e3)) + (millions ? "M" : "k");
  }

  static double mebibytes(long bytes) {
    return bytes / MEBI;
  }

  static double seconds(long nanos) {
    return nanos / NANOS;
  }
}
