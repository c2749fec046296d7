package org.onemalloc.probe.opentelemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onemalloc.probe.Probe;
import org.onemalloc.probe.figures.Figure;
import org.onemalloc.probe.figures.Figure.Sample;
import org.onemalloc.probe.figures.Figures;

/**
 * The native memory of this virtual machine as asynchronous gauges, which one callback fills;
 * docs/metrics.md lists them. Units are those of UCUM: {@code By}, {@code s}, {@code 1}. A figure
 * that is not known now is not recorded.
 */
public final class NativeMemoryInstruments implements AutoCloseable {
  private static final String SCOPE = "org.onemalloc.probe";

  private final Probe probe;
  private final Map<String, ObservableDoubleMeasurement> gauges = new LinkedHashMap<>();
  private final BatchCallback callback;

  private NativeMemoryInstruments(Meter meter, Probe probe) throws IOException {
    this.probe = probe;
    for (Figure figure : Figures.of(probe)) {
      gauges.put(
          figure.name(),
          meter
              .gaugeBuilder(figure.name())
              .setUnit(unit(figure))
              .setDescription(figure.help())
              .buildObserver());
    }
    ObservableMeasurement[] all = gauges.values().toArray(new ObservableMeasurement[0]);
    callback = meter.batchCallback(this::record, all[0], Arrays.copyOfRange(all, 1, all.length));
  }

  /**
   * Registers the gauges.
   *
   * @param telemetry where
   * @param probe looks for them
   * @return what removes them when it is closed
   * @throws IOException if the process cannot be looked at
   */
  public static NativeMemoryInstruments register(OpenTelemetry telemetry, Probe probe)
      throws IOException {
    return new NativeMemoryInstruments(telemetry.getMeter(SCOPE), probe);
  }

  private static String unit(Figure figure) {
    return switch (figure.unit()) {
      case "bytes" -> "By";
      case "seconds" -> "s";
      default -> "1";
    };
  }

  private void record() {
    try {
      for (Figure figure : Figures.of(probe)) {
        for (Sample sample : figure.samples()) {
          AttributesBuilder attributes = Attributes.builder();
          sample.labels().forEach(attributes::put);
          gauges.get(figure.name()).record(sample.value(), attributes.build());
        }
      }
    } catch (IOException e) {
      // Nothing is known now, and nothing recorded: a collector shows the gap.
    }
  }

  /** Removes the gauges. */
  @Override
  public void close() {
    callback.close();
  }
}
