package org.onemalloc.micrometer;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.onemalloc.Heap;
import org.onemalloc.HeapListener;
import org.onemalloc.HeapStatistics;
import org.onemalloc.TaggedHeap;
import org.onemalloc.Usage;

/**
 * The heap of this process as gauges. Reading a gauge takes some microseconds; between readings
 * nothing is computed.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><td>{@code onemalloc.live} (bytes)</td><td>{@code tag}</td><td>live bytes of the tag itself </td></tr>
 * <tr><td>{@code onemalloc.blocks}</td><td>{@code tag}</td><td>live blocks of the tag itself
 * </td></tr>
 * <tr><td>{@code onemalloc.limit} (bytes)</td><td>{@code tag}</td><td>its limit, NaN if it has none </td></tr>
 * <tr><td>{@code onemalloc.allocator.allocated}, {@code active}, {@code resident}, {@code retained}
 * (bytes)</td><td>{@code allocator}</td><td>the allocator's own figures, NaN if it does not report them</td></tr>
 * <tr><td>{@code onemalloc.escaped} (bytes)</td><td></td><td>in use in glibc's heap while the process heap is another's, otherwise NaN</td></tr>
 * <tr><td>{@code onemalloc.caches} (bytes)</td><td></td><td>free blocks in the thread caches</td></tr>
 * </table>
 *
 * <p>Gauges of a tag are registered when the tag is first used.
 */
public final class HeapMetrics implements MeterBinder {
  private static final String PREFIX = "onemalloc.";

  /** Creates the binder of this process's heap. */
  public HeapMetrics() {}

  @Override
  public void bindTo(MeterRegistry registry) {
    Heap.addListener(
        new HeapListener() {
          @Override
          public void tagged(String tag) {
            bind(registry, Heap.tagged(tag));
          }
        });
    HeapStatistics now = Heap.statistics();
    for (Usage usage : now.tags()) {
      if (usage.isUntagged()) {
        bind(registry, Heap.accounted());
      } else {
        bind(registry, Heap.tagged(usage.tag()));
      }
    }
    allocator(registry, now.allocator(), "allocated", HeapStatistics.Provider::allocated);
    allocator(registry, now.allocator(), "active", HeapStatistics.Provider::active);
    allocator(registry, now.allocator(), "resident", HeapStatistics.Provider::resident);
    allocator(registry, now.allocator(), "retained", HeapStatistics.Provider::retained);
    Gauge.builder(PREFIX + "escaped", () -> value(Heap.statistics().escapedBytes()))
        .baseUnit(BaseUnits.BYTES)
        .description("Bytes in use in glibc's own heap while the process heap is another's")
        .register(registry);
    Gauge.builder(PREFIX + "caches", () -> Heap.statistics().caches().bytes())
        .baseUnit(BaseUnits.BYTES)
        .description("Free blocks in the thread caches")
        .register(registry);
  }

  private static void allocator(
      MeterRegistry registry,
      String allocator,
      String figure,
      Function<HeapStatistics.Provider, OptionalLong> of) {
    Gauge.builder(
            PREFIX + "allocator." + figure, () -> value(of.apply(Heap.statistics().provider())))
        .tag("allocator", allocator)
        .baseUnit(BaseUnits.BYTES)
        .description("The allocator's own " + figure + " bytes")
        .register(registry);
  }

  private static void bind(MeterRegistry registry, TaggedHeap heap) {
    gauge(heap, "live", Usage::bytes).baseUnit(BaseUnits.BYTES).register(registry);
    gauge(heap, "blocks", Usage::blocks).register(registry);
    gauge(heap, "limit", usage -> value(usage.limit()))
        .baseUnit(BaseUnits.BYTES)
        .register(registry);
  }

  private static Gauge.Builder<TaggedHeap> gauge(
      TaggedHeap heap, String name, ToDoubleFunction<Usage> of) {
    return Gauge.builder(PREFIX + name, heap, h -> of.applyAsDouble(h.usage()))
        .tag("tag", heap.usage().tag())
        .strongReference(true)
        .description("Native memory by tag");
  }

  private static double value(OptionalLong bytes) {
    return bytes.isPresent() ? bytes.getAsLong() : Double.NaN;
  }
}
