package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A linear map from data to positions.
 *
 * @param low the data at the first position
 * @param high the data at the last position, above low
 * @param from the first position
 * @param to the last position
 */
record Scale(double low, double high, double from, double to) {
  Scale {
    high = high > low ? high : low + 1;
  }

  double at(double value) {
    return from + (value - low) / (high - low) * (to - from);
  }

  /** Returns a position as SVG text, to a tenth of a pixel. */
  String text(double value) {
    return pixel(at(value));
  }

  /** Returns about the given number of round values, 1, 2 or 5 times a power of ten apart. */
  List<Double> ticks(int about) {
    double rough = (high - low) / about;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    List<Double> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Returns the value of a tick without trailing digits. */
  static String label(double tick) {
    String text = String.format(Locale.ROOT, "%.3f", tick);
    return text.replaceAll("\\.?0+$", "");
  }

  static String pixel(double position) {
    return label(Math.round(position * 10) / 10.0);
  }
}
