package org.onemalloc.probe.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.onemalloc.probe.MemoryKind;
import org.onemalloc.probe.Probe;

class NativeMemoryMetricsTest {
  @Test
  void theGaugesOfOneLookAddUp() {
    MeterRegistry registry = new SimpleMeterRegistry();
    new NativeMemoryMetrics(new Probe(Duration.ofMinutes(5))).bindTo(registry);
    double resident = registry.get("onemalloc.resident").gauge().value();
    double kinds =
        registry.get("onemalloc.memory").gauges().stream().mapToDouble(Gauge::value).sum();
    assertEquals(resident, kinds);
    assertEquals(MemoryKind.values().length, registry.get("onemalloc.memory").gauges().size());
    assertTrue(resident > 1 << 20);
    assertEquals("bytes", registry.get("onemalloc.resident").gauge().getId().getBaseUnit());
    assertEquals(
        1, registry.get("onemalloc.allocator.proven").tag("allocator", "system").gauge().value());
  }

  @Test
  void aLaterLookIsShown() {
    MeterRegistry registry = new SimpleMeterRegistry();
    new NativeMemoryMetrics(new Probe(Duration.ZERO)).bindTo(registry);
    Gauge files = registry.get("onemalloc.buffers").tag("pool", "direct").gauge();
    double before = files.value();
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocateDirect(1 << 20);
    assertEquals(before + 1, files.value());
    assertEquals(1 << 20, buffer.capacity());
  }
}
