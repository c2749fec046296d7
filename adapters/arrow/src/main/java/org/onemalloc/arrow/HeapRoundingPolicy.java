package org.onemalloc.arrow;

import org.apache.arrow.memory.rounding.RoundingPolicy;
import org.onemalloc.Heap;

/**
 * Rounds a request up to what the heap's block for it holds anyway, and so reports the usable size
 * of every block as the capacity of its buffer.
 *
 * <p>Arrow's default rounds up to a power of two, below 16 MB: up to half of the memory is never
 * used. This one asks for as much as {@link Heap#goodSize} says, which loses at most an eighth on
 * glibc and a fifth on jemalloc, in multiples of 8 bytes as vectors need them. Capacities are then
 * no powers of two, which a program may have relied on.
 *
 * <p>Give it to {@code RootAllocator.configBuilder().roundingPolicy(…)}. Any number of threads may
 * use it.
 */
public final class HeapRoundingPolicy implements RoundingPolicy {
  /** The policy; it has no state. */
  public static final HeapRoundingPolicy INSTANCE = new HeapRoundingPolicy();

  /**
   * Arrow pads validity and values of a vector to so many bytes (Columnar.rst, "Buffer Alignment").
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
