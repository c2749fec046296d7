package org.onemalloc.probe.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onemalloc.probe.figures.Figure;
import org.onemalloc.probe.figures.Figure.Sample;

class PrometheusTextTest {
  @Test
  void aGaugeHasHelpTypeAndValues() {
    Figure figure =
        new Figure(
            "onemalloc.memory",
            "bytes",
            "Resident memory by kind",
            List.of(
                new Sample(Map.of("kind", "java_heap"), 17_342_464_000.0),
                new Sample(Map.of("kind", "other"), 0)));
    assertEquals(
        """
        # HELP onemalloc_memory_bytes Resident memory by kind.
        # TYPE onemalloc_memory_bytes gauge
        onemalloc_memory_bytes{kind="java_heap"} 17342464000
        onemalloc_memory_bytes{kind="other"} 0
        """,
        PrometheusText.of(List.of(figure)));
  }

  @Test
  void aValueWithoutLabelsAndUnit() {
    Figure figure = new Figure("onemalloc.x", "", "X", List.of(new Sample(Map.of(), 0.25)));
    assertEquals(
        """
        # HELP onemalloc_x X.
        # TYPE onemalloc_x gauge
        onemalloc_x 0.25
        """,
        PrometheusText.of(List.of(figure)));
  }

  @Test
  void labelsAreEscaped() {
    Figure figure =
        new Figure("x", "", "X", List.of(new Sample(Map.of("provider", "/a\"b\\c\nd"), 1)));
    String last = PrometheusText.of(List.of(figure)).lines().toList().get(2);
    assertEquals("x{provider=\"/a\\\"b\\\\c\\nd\"} 1", last);
  }

  @Test
  void aFigureWithoutAValueIsLeftOut() {
    assertEquals("", PrometheusText.of(List.of(new Figure("x", "", "X", List.of()))));
  }
}
