package org.onemalloc.probe;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Where the native memory of this virtual machine is, at one moment. All sizes are bytes.
 *
 * <p>{@link #look} reads /proc/self, and asks the virtual machine in the process. It stops no
 * thread but for the few milliseconds of a safepoint if metaspace has grown since the last look.
 * The kernel counts one mapping after the other while the program goes on, so that figures of a
 * process which allocates are not exactly of one moment; the kinds add up to {@code residentBytes}
 * all the same.
 *
 * @param time when it was looked at
 * @param duration how long the look took
 * @param residentBytes resident memory: the sum over all mappings in /proc/self/smaps
 * @param proportionalBytes proportional memory, likewise: a page that n processes share counts as
 *     1/n
 * @param peakBytes the highest resident memory since the start of the process, by the kernel's own
 *     count; {@link ProcessMemory#UNKNOWN} if it does not say
 * @param kinds the resident memory of each kind; the values add up to {@code residentBytes}
 * @param unaccountedBytes the memory that nothing in Java accounts for, never negative. It is the
 *     resident memory of {@link MemoryKind#ALLOCATOR} and {@link MemoryKind#OTHER}, less
 *     <ul>
 *       <li>without Native Memory Tracking: what the pool {@code direct} of java.nio uses. It
 *           contains what the virtual machine itself allocates;
 *       <li>with Native Memory Tracking: all memory that it accounts as allocated by {@code malloc}
 *           (direct buffers are in its category {@code Other}), and what it accounts as committed
 *           in mappings that are of none of the other kinds. A mapping that is committed and not
 *           touched makes the figure too small.
 *     </ul>
 *     In it are: blocks that native libraries have allocated, blocks that Java code has allocated
 *     by calling {@code malloc} through java.lang.foreign, as Netty 4.2 does on Java 25 for its
 *     direct buffers, and memory that the allocator keeps although it is free.
 * @param glibc what glibc's own heap holds
 * @param tracked the categories of Native Memory Tracking; none if it is off
 * @param bufferPools Java's own pools of buffers
 */
public record NativeMemory(
    Instant time,
    Duration duration,
    long residentBytes,
    long proportionalBytes,
    long peakBytes,
    Map<MemoryKind, Long> kinds,
    long unaccountedBytes,
    GlibcUsage glibc,
    List<TrackedMemory> tracked,
    List<BufferPool> bufferPools) {

  /** Copies the collections; a kind that is missing has 0 bytes. */
  public NativeMemory {
    Map<MemoryKind, Long> all = new EnumMap<>(MemoryKind.class);
    for (MemoryKind kind : MemoryKind.values()) {
      all.put(kind, kinds.getOrDefault(kind, 0L));
    }
    kinds = Collections.unmodifiableMap(all);
    tracked = List.copyOf(tracked);
    bufferPools = List.copyOf(bufferPools);
  }

  /**
   * Looks at this process. Its cost grows with the number of mappings and with the resident memory,
   * because the kernel counts pages: see docs/metrics.md. {@link Probe} keeps a look for some time.
   * Thread-safe.
   *
   * @return what was found
   * @throws IOException if /proc/self cannot be read: this is not Linux, or the kernel forbids it
   */
  public static NativeMemory look() throws IOException {
    return Look.now();
  }

  /**
   * Returns the resident memory of a kind.
   *
   * @param kind the kind
   * @return bytes
   */
  public long residentBytes(MemoryKind kind) {
    return kinds.get(kind);
  }
}
