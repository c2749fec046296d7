package org.onemalloc.probe.figures;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import org.onemalloc.probe.AllocatorProof;
import org.onemalloc.probe.BufferPool;
import org.onemalloc.probe.MemoryKind;
import org.onemalloc.probe.NativeMemory;
import org.onemalloc.probe.Probe;
import org.onemalloc.probe.ProcessMemory;
import org.onemalloc.probe.TrackedMemory;
import org.onemalloc.probe.figures.Figure.Sample;

/** Makes metrics of a look and a proof. docs/metrics.md lists them. */
public final class Figures {
  private static final String BYTES = "bytes";

  private final List<Figure> all = new ArrayList<>();

  private Figures() {}

  /**
   * Returns the metrics of this process.
   *
   * @param probe looks at it
   * @return all metrics, also those without a value, always in the same order
   * @throws IOException if it cannot be looked at
   */
  public static List<Figure> of(Probe probe) throws IOException {
    return of(probe.memory(), probe.allocator());
  }

  /**
   * Returns the metrics of a look and a proof.
   *
   * @param memory the look
   * @param proof the proof
   * @return all metrics
   */
  public static List<Figure> of(NativeMemory memory, AllocatorProof proof) {
    Figures figures = new Figures();
    figures.memory(memory);
    figures.glibc(memory);
    figures.tracked(memory.tracked());
    figures.pools(memory.bufferPools());
    figures.allocator(proof);
    double seconds = memory.duration().toNanos() / 1e9;
    figures.add("look", "seconds", "How long the last look took", seconds);
    return List.copyOf(figures.all);
  }

  private void memory(NativeMemory memory) {
    add("resident", BYTES, "Resident memory of the process", memory.residentBytes());
    add(
        "proportional",
        BYTES,
        "Proportional memory: a page that n processes share counts as 1/n",
        memory.proportionalBytes());
    long peak = memory.peakBytes();
    add(
        "resident.peak",
        BYTES,
        "Highest resident memory since the start of the process",
        peak == ProcessMemory.UNKNOWN ? OptionalLong.empty() : OptionalLong.of(peak));
    List<Sample> kinds = new ArrayList<>();
    for (MemoryKind kind : MemoryKind.values()) {
      kinds.add(new Sample(Map.of("kind", kind.id()), memory.residentBytes(kind)));
    }
    add("memory", BYTES, "Resident memory by kind; the kinds add up to the resident memory", kinds);
    add(
        "unaccounted",
        BYTES,
        "Resident memory of the allocator and of other mappings that nothing in Java accounts for",
        memory.unaccountedBytes());
  }

  private void glibc(NativeMemory memory) {
    add(
        "glibc.held",
        BYTES,
        "What glibc's own heap has from the kernel",
        memory.glibc().heldBytes());
    add("glibc.used", BYTES, "What is in use of glibc's own heap", memory.glibc().usedBytes());
    add("glibc.free", BYTES, "What glibc's own heap keeps free", memory.glibc().freeBytes());
  }

  private void tracked(List<TrackedMemory> categories) {
    List<Sample> reserved = new ArrayList<>();
    List<Sample> committed = new ArrayList<>();
    for (TrackedMemory each : categories) {
      Map<String, String> labels = Map.of("category", each.category());
      reserved.add(new Sample(labels, each.reserved()));
      committed.add(new Sample(labels, each.committed()));
    }
    add("nmt.reserved", BYTES, "Reserved memory by category of Native Memory Tracking", reserved);
    add(
        "nmt.committed",
        BYTES,
        "Committed memory by category of Native Memory Tracking",
        committed);
  }

  private void pools(List<BufferPool> pools) {
    add("buffers", "", "Number of Java's own buffers by pool", samples(pools, BufferPool::buffers));
    add(
        "buffers.capacity",
        BYTES,
        "Capacity of Java's own buffers by pool",
        samples(pools, BufferPool::capacityBytes));
    add(
        "buffers.used",
        BYTES,
        "Memory of Java's own buffers by pool",
        samples(pools, BufferPool::usedBytes));
  }

  private static List<Sample> samples(List<BufferPool> pools, ToLongFunction<BufferPool> of) {
    return pools.stream()
        .map(pool -> new Sample(Map.of("pool", pool.name()), of.applyAsLong(pool)))
        .toList();
  }

  private void allocator(AllocatorProof proof) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("allocator", proof.allocator().isEmpty() ? "unknown" : proof.allocator());
    labels.put("provider", proof.provider());
    add(
        "allocator.proven",
        "",
        "1 if the allocator is proven to serve the process, otherwise 0",
        List.of(new Sample(labels, proof.isProven() ? 1 : 0)));
  }

  private void add(String name, String unit, String help, OptionalLong value) {
    add(
        name,
        unit,
        help,
        value.isEmpty() ? List.of() : List.of(sample((double) value.getAsLong())));
  }

  private void add(String name, String unit, String help, double value) {
    add(name, unit, help, List.of(sample(value)));
  }

  private void add(String name, String unit, String help, long value) {
    add(name, unit, help, (double) value);
  }

  private static Sample sample(double value) {
    return new Sample(Map.of(), value);
  }

  private void add(String name, String unit, String help, List<Sample> samples) {
    all.add(new Figure("onemalloc." + name, unit, help, List.copyOf(samples)));
  }
}
