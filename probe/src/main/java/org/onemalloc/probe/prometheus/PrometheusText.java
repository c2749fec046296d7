package org.onemalloc.probe.prometheus;

import java.util.List;
import java.util.Map;
import org.onemalloc.probe.figures.Figure;
import org.onemalloc.probe.figures.Figure.Sample;

/**
 * Prometheus's text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
final class PrometheusText {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private PrometheusText() {}

  /** Returns the metrics that have a value. */
  static String of(List<Figure> figures) {
    StringBuilder text = new StringBuilder();
    for (Figure figure : figures) {
      if (!figure.samples().isEmpty()) {
        add(figure, text);
      }
    }
    return text.toString();
  }

  /** The name ends with the unit, as Micrometer and OpenTelemetry's exporter for Prometheus do. */
  private static String name(Figure figure) {
    String unit = figure.unit().isEmpty() ? "" : "_" + figure.unit();
    return figure.name().replace('.', '_') + unit;
  }

  private static void add(Figure figure, StringBuilder text) {
    String name = name(figure);
    text.append("# HELP ").append(name).append(' ').append(figure.help()).append(".\n");
    text.append("# TYPE ").append(name).append(" gauge\n");
    for (Sample sample : figure.samples()) {
      text.append(name);
      String before = "{";
      for (Map.Entry<String, String> label : sample.labels().entrySet()) {
        text.append(before).append(label.getKey()).append("=\"");
        text.append(escaped(label.getValue())).append('"');
        before = ",";
      }
      text.append(sample.labels().isEmpty() ? " " : "} ").append(number(sample.value()));
      text.append('\n');
    }
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** Bytes without an exponent; all digits of a double are exact up to 2^53. */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1L << 53
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
