package org.onemalloc.probe.micrometer;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.onemalloc.probe.Probe;
import org.onemalloc.probe.figures.Figure;
import org.onemalloc.probe.figures.Figure.Sample;
import org.onemalloc.probe.figures.Figures;

/**
 * The native memory of this virtual machine as gauges; docs/metrics.md lists them. The name of a
 * gauge has no unit: a registry for Prometheus adds it. A gauge that has no value now is NaN.
 *
 * <p>Which gauges there are is settled when they are bound: the categories of Native Memory
 * Tracking, the pools of buffers and the allocator do not change in the life of a virtual machine.
 */
public final class NativeMemoryMetrics implements MeterBinder {
  private final Probe probe;

  /** Creates the binder, with looks that are kept for {@link Probe#USUAL_INTERVAL}. */
  public NativeMemoryMetrics() {
    this(new Probe(Probe.USUAL_INTERVAL));
  }

  /**
   * Creates the binder.
   *
   * @param probe looks for it
   */
  public NativeMemoryMetrics(Probe probe) {
    this.probe = probe;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (Figure figure : figures()) {
      for (Sample sample : figure.samples()) {
        Tags tags =
            Tags.of(
                sample.labels().entrySet().stream()
                    .map(label -> Tag.of(label.getKey(), label.getValue()))
                    .toList());
        Gauge.builder(figure.name(), probe, kept -> value(kept, figure.name(), sample.labels()))
            .tags(tags)
            .baseUnit(figure.unit().isEmpty() ? null : figure.unit())
            .description(figure.help())
            .strongReference(true)
            .register(registry);
      }
    }
  }

  private List<Figure> figures() {
    try {
      return Figures.of(probe);
    } catch (IOException e) {
      throw new UncheckedIOException("The memory of the process cannot be looked at", e);
    }
  }

  private static double value(Probe probe, String name, Map<String, String> labels) {
    try {
      return Figures.of(probe).stream()
          .filter(figure -> figure.name().equals(name))
          .flatMap(figure -> figure.samples().stream())
          .filter(sample -> sample.labels().equals(labels))
          .mapToDouble(Sample::value)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
