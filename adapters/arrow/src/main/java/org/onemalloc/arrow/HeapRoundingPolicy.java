package org.onemalloc.arrow;

import org.apache.arrow.memory.rounding.RoundingPolicy;
import org.onemalloc.Heap;

/**
 * Rounds a request up to the usable size of the block that the heap allocates for it, so that a
 * buffer's capacity is all of its block.
 *
 * <p>Arrow's default rounds up to a power of two, below 16 MB: up to half of the memory is never
 * used. This policy rounds up to {@link Heap#goodSize}, which loses at most an eighth on glibc and
 * a fifth on jemalloc, and then down to a multiple of 8 bytes, which vectors need. Capacities are
 * then not powers of two; a program must not rely on that.
 *
 * <p>Pass it to {@code RootAllocator.configBuilder().roundingPolicy(…)}. Any number of threads may
 * use it.
 */
public final class HeapRoundingPolicy implements RoundingPolicy {
  /** The policy; it has no state. */
  public static final HeapRoundingPolicy INSTANCE = new HeapRoundingPolicy();

  /**
   * Arrow pads the validity and the values of a vector to this many bytes (Columnar.rst, "Buffer
   * Alignment").
   */
  private static final long STEP = 8;

  private HeapRoundingPolicy() {}

  /**
   * Rounds a request up.
   *
   * @param requestSize the size in bytes, 0 or more
   * @return a multiple of 8 of at least {@code requestSize} bytes
   * @throws IllegalArgumentException if {@code requestSize} is negative or overflows
   */
  @Override
  public long getRoundedSize(long requestSize) {
    long least = (requestSize + STEP - 1) & -STEP;
    return Heap.goodSize(least) & -STEP;
  }
}
