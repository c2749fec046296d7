package org.onemalloc.probe.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onemalloc.probe.MemoryKind;
import org.onemalloc.probe.Probe;

class NativeMemoryInstrumentsTest {
  /** Reads when it is asked. */
  private static final class Reader implements MetricReader {
    private CollectionRegistration registration;

    @Override
    public void register(CollectionRegistration registration) {
      this.registration = registration;
    }

    Map<String, MetricData> read() {
      Map<String, MetricData> all = new HashMap<>();
      registration.collectAllMetrics().forEach(metric -> all.put(metric.getName(), metric));
      return all;
    }

    @Override
    public CompletableResultCode forceFlush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return AggregationTemporality.CUMULATIVE;
    }
  }

  private static OpenTelemetry of(SdkMeterProvider meters) {
    return new OpenTelemetry() {
      @Override
      public TracerProvider getTracerProvider() {
        return TracerProvider.noop();
      }

      @Override
      public MeterProvider getMeterProvider() {
        return meters;
      }

      @Override
      public ContextPropagators getPropagators() {
        return ContextPropagators.noop();
      }
    };
  }

  @Test
  void theGaugesAddUpAndCanBeRemoved() throws Exception {
    Reader reader = new Reader();
    try (SdkMeterProvider meters =
        SdkMeterProvider.builder().registerMetricReader(reader).build()) {
      Probe probe = new Probe(Duration.ofMinutes(5));
      NativeMemoryInstruments instruments = NativeMemoryInstruments.register(of(meters), probe);
      Map<String, MetricData> seen = reader.read();
      MetricData memory = seen.get("onemalloc.memory");
      assertEquals("By", memory.getUnit());
      assertEquals(MemoryKind.values().length, memory.getDoubleGaugeData().getPoints().size());
      assertEquals(sum(seen.get("onemalloc.resident")), sum(memory));
      assertEquals("s", seen.get("onemalloc.look").getUnit());
      assertTrue(
          memory.getDoubleGaugeData().getPoints().stream()
              .anyMatch(
                  point ->
                      "java_heap"
                          .equals(point.getAttributes().get(AttributeKey.stringKey("kind")))));
      instruments.close();
      assertNull(reader.read().get("onemalloc.memory"));
    }
  }

  private static double sum(MetricData metric) {
    return metric.getDoubleGaugeData().getPoints().stream()
        .mapToDouble(DoublePointData::getValue)
        .sum();
  }
}
