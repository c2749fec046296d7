package org.onemalloc.probe.figures;

import java.util.List;
import java.util.Map;

/**
 * A metric with its values. All are gauges.
 *
 * @param name words in lower case, divided by dots, the first of which is {@code onemalloc}
 * @param unit {@code bytes}, {@code seconds}, or empty for a count or a truth value
 * @param help a sentence without its full stop, in one line
 * @param samples its values; none if it is not known now
 */
public record Figure(String name, String unit, String help, List<Sample> samples) {
  /**
   * A value.
   *
   * @param labels what it is of, in the order to show; the same names for every value of a metric
   * @param value the value
   */
  public record Sample(Map<String, String> labels, double value) {}
}
