package org.onemalloc.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;

class HeapMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double value(String name, String tag) {
    return registry.get(name).tag("tag", tag).gauge().value();
  }

  /** Surefire runs the tests twice, with the oldest version of the range and with the newest. */
  @Test
  void runsWithTheVersionThatIsMeant() {
    String jar = MeterRegistry.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String name = "/micrometer-core-" + System.getProperty("tested.version") + ".jar";
    assertTrue(jar.endsWith(name), jar);
  }

  @Test
  void showsWhatLivesUnderEachTag() {
    TaggedHeap before = Heap.tagged("metrics/before");
    new HeapMetrics().bindTo(registry);
    TaggedHeap after = Heap.tagged("metrics/after");
    long one = before.allocate(1000, 8);
    long two = after.allocate(500, 8);
    assertEquals(1000, value("onemalloc.live", "metrics/before"));
    assertEquals(500, value("onemalloc.live", "metrics/after"));
    assertEquals(1, value("onemalloc.blocks", "metrics/after"));
    assertTrue(Double.isNaN(value("onemalloc.limit", "metrics/after")));
    after.limit(4096);
    assertEquals(4096, value("onemalloc.limit", "metrics/after"));
    before.deallocate(one, 1000, 8);
    after.deallocate(two, 500, 8);
    assertEquals(0, value("onemalloc.live", "metrics/before"));
    assertEquals("bytes", registry.get("onemalloc.live").gauge().getId().getBaseUnit());
  }

  @Test
  void showsWhatTheAllocatorSaysAndNothingWhereItDoesNot() {
    new HeapMetrics().bindTo(registry);
    String allocator = Heap.binding().allocator();
    for (String figure : new String[] {"allocated", "active", "resident", "retained"}) {
      double value =
          registry.get("onemalloc.allocator." + figure).tag("allocator", allocator).gauge().value();
      assertTrue(Double.isNaN(value) || value >= 0, figure + " is " + value);
    }
    assertEquals("glibc", allocator);
    assertTrue(registry.get("onemalloc.allocator.allocated").gauge().value() > 0);
    assertTrue(Double.isNaN(registry.get("onemalloc.escaped").gauge().value()));
    assertTrue(registry.get("onemalloc.caches").gauge().value() >= 0);
  }

  @Test
  void aSecondBindingChangesNothing() {
    new HeapMetrics().bindTo(registry);
    int meters = registry.getMeters().size();
    new HeapMetrics().bindTo(registry);
    assertEquals(meters, registry.getMeters().size());
  }
}
