package org.onemalloc.compare.judge;

import java.util.Locale;

/** Ratios as text: changes in percent, with a real minus sign. */
public final class Percent {
  private Percent() {}

  /**
   * Returns a share as a percentage without a sign: with one decimal below 1 %, otherwise whole.
   *
   * @param share 0.31 for 31 %
   * @return "31", or "0.4" below 1
   */
  public static String size(double share) {
    double percent = Math.abs(share) * 100;
    boolean small = percent < 0.95 && percent >= 0.05;
    return String.format(Locale.ROOT, small ? "%.1f" : "%.0f", percent);
  }

  /**
   * Returns a ratio as a change.
   *
   * @param ratio 0.69 for 31 % less
   * @return "−31", "+4" or "0"
   */
  public static String change(double ratio) {
    String size = size(ratio - 1);
    return size.equals("0") ? size : (ratio < 1 ? "−" : "+") + size;
  }

  /**
   * Returns an interval as changes.
   *
   * @param ratio a ratio with its interval
   * @return "−34 … −27 %"
   */
  public static String interval(Ratio ratio) {
    return change(ratio.low()) + " … " + change(ratio.high()) + " %";
  }

  /**
   * Returns an interval without the unit.
   *
   * @param ratio a ratio with its interval
   * @return "−34…−27"
   */
  public static String range(Ratio ratio) {
    return change(ratio.low()) + "…" + change(ratio.high());
  }
}
