package org.onemalloc.netty;

import io.netty.buffer.ByteBufAllocatorMetric;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory of the buffers of a {@link OnemallocByteBufAllocator}: a live view for any thread.
 * Figures are exact while no buffer is allocated or released.
 */
public final class OnemallocMetric implements ByteBufAllocatorMetric {
  private final Lanes lanes;
  private final LongAdder heapBytes;

  OnemallocMetric(Lanes lanes, LongAdder heapBytes) {
    this.lanes = lanes;
    this.heapBytes = heapBytes;
  }

  /**
   * Returns the sum of the capacities of all heap buffers that are not released.
   *
   * @return bytes
   */
  @Override
  public long usedHeapMemory() {
    return heapBytes.sum();
  }

  /**
   * Returns the sum of the capacities of all direct buffers that are not released.
   *
   * @return bytes
   */
  @Override
  public long usedDirectMemory() {
    return lanes.used();
  }

  /**
   * Returns how many direct buffers were allocated.
   *
   * @return a number that only grows
   */
  public long allocations() {
    return lanes.allocations();
  }

  /**
   * Returns how many direct buffers were released for good.
   *
   * @return a number that only grows
   */
  public long releases() {
    return lanes.releases();
  }

  @Override
  public String toString() {
    return "OnemallocMetric(usedHeapMemory: "
        + usedHeapMemory()
        + "; usedDirectMemory: "
        + usedDirectMemory()
        + "; allocations: "
        + allocations()
        + "; releases: "
        + releases()
        + ')';
  }
}
