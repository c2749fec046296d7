package org.onemalloc.compare.server;

/**
 * A figure that a load generator reported.
 *
 * @param name its name, such as {@code requests/s}
 * @param unit its unit, such as {@code ms}; empty if the name says it
 * @param value the number, finite
 * @param higherIsBetter whether a higher number is better, as for a rate
 */
public record Measured(String name, String unit, double value, boolean higherIsBetter) {
  /** Returns whether a name is that of a rate, for which higher is better. */
  static boolean isRate(String name) {
    return name.endsWith("/s");
  }
}
