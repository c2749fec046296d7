package org.onemalloc.probe;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.probe.allocator.GlibcHeap;
import org.onemalloc.probe.allocator.GlibcRegions;
import org.onemalloc.probe.jvm.Jvm;
import org.onemalloc.probe.jvm.Regions;
import org.onemalloc.probe.jvm.Tracked;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.OwnMemory;
import org.onemalloc.probe.process.Pages;
import org.onemalloc.probe.process.Range;
import org.onemalloc.probe.process.Resident;
import org.onemalloc.probe.process.Stacks;

/** One look at this process. */
final class Look {
  /** The categories whose mappings have kinds of their own. */
  private static final Set<String> LOCATED =
      Set.of(
          "Java Heap",
          "Class",
          "Metaspace",
          "Shared class space",
          "Code",
          "Thread",
          "Thread Stack");

  /** The allocator that serves malloc does not change in the life of a process. */
  private static final class Served {
    static final String BY = AllocatorProof.ofThisProcess().allocator();
  }

  private Look() {}

  static NativeMemory now() throws IOException {
    Instant time = Instant.now();
    long start = System.nanoTime();
    Regions regions = Jvm.regions();
    List<Tracked> tracked = Jvm.tracked();
    List<BufferPool> pools = pools();
    try (OwnMemory memory = new OwnMemory();
        Pages pages = new Pages()) {
      List<Resident> mappings = Resident.ofThisProcess();
      List<Mapping> places = mappings.stream().map(Resident::mapping).toList();
      GlibcHeap glibc = GlibcHeap.of(places, memory);
      Census census = new Census(pages);
      census.claim(regions.javaHeap(), MemoryKind.JAVA_HEAP);
      census.claim(regions.codeCache(), MemoryKind.CODE_CACHE);
      census.claim(regions.classes(), MemoryKind.CLASSES);
      census.claim(regions.collector(), MemoryKind.COLLECTOR);
      census.claim(Stacks.of(places, memory), MemoryKind.THREAD_STACKS);
      GlibcRegions glibcRegions = new GlibcRegions(memory);
      census.claim(glibcRegions.heaps(glibc), MemoryKind.ALLOCATOR);
      List<Range> free = new ArrayList<>();
      for (Mapping place : places) {
        if (GlibcRegions.canHoldBlocks(place)) {
          free.addAll(census.unclaimed(place.range()));
        }
      }
      census.claim(glibcRegions.blocks(glibc, free, pages), MemoryKind.ALLOCATOR);
      census.count(mappings, new Natures(mappings, Served.BY));
      return new NativeMemory(
          time,
          Duration.ofNanos(System.nanoTime() - start),
          mappings.stream().mapToLong(Resident::rss).sum(),
          mappings.stream().mapToLong(Resident::pss).sum(),
          ProcessMemory.peakOfThisProcess(),
          census.sums(),
          unaccounted(census.sums(), regions, tracked, pools),
          GlibcUsage.of(glibc.heldBytes(), regions.mallocInUse(), regions.mallocFree()),
          tracked.stream().map(Look::published).toList(),
          pools);
    }
  }

  private static List<BufferPool> pools() {
    List<BufferPool> pools = new ArrayList<>();
    for (BufferPoolMXBean pool : Jvm.bufferPools()) {
      pools.add(
          new BufferPool(
              pool.getName(), pool.getCount(), pool.getTotalCapacity(), pool.getMemoryUsed()));
    }
    return pools;
  }

  private static TrackedMemory published(Tracked category) {
    return new TrackedMemory(
        category.category(), category.reserved(), category.committed(), category.allocated());
  }

  private static long unaccounted(
      Map<MemoryKind, Long> kinds, Regions regions, List<Tracked> tracked, List<BufferPool> pools) {
    long resident =
        kinds.getOrDefault(MemoryKind.ALLOCATOR, 0L) + kinds.getOrDefault(MemoryKind.OTHER, 0L);
    long accounted = 0;
    if (tracked.isEmpty()) {
      for (BufferPool pool : pools) {
        accounted += pool.name().equals("direct") ? Math.max(0, pool.usedBytes()) : 0;
      }
    } else {
      long mapped = -regions.collector().stream().mapToLong(Range::bytes).sum();
      for (Tracked category : tracked) {
        accounted += category.allocated();
        mapped += LOCATED.contains(category.category()) ? 0 : category.mapped();
      }
      accounted += Math.max(0, mapped);
    }
    return Math.max(0, resident - accounted);
  }
}
