package org.onemalloc.arrow;

import java.util.concurrent.atomic.LongAdder;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.onemalloc.Heap;

/**
 * A buffer of Arrow as one block of the process heap.
 *
 * <p>Give {@link #FACTORY} to the root allocator, {@code
 * BaseAllocator.configBuilder().allocationManagerFactory(OnemallocAllocationManager.FACTORY)}, or
 * make it the default as the manual of this module says. Limits, reservations and listeners are
 * those of Arrow's allocators, which account for every block with the size that it is asked for.
 *
 * <p>Blocks are freed with their size. Contents of new buffers are undefined, as Arrow's own are.
 * Buffers of 0 bytes are blocks too.
 */
public final class OnemallocAllocationManager extends AllocationManager {
  /** Makes every buffer a block of the process heap; safe for use by any threads. */
  public static final Factory FACTORY = new FromHeap();

  /** What Arrow's format recommends for the start of buffers, where malloc's 16 is allowed. */
  private static final long ALIGNMENT = 8;

  private static final LongAdder ALLOCATIONS = new LongAdder();
  private static final LongAdder RELEASES = new LongAdder();

  private final long address;
  private final long size;

  private OnemallocAllocationManager(BufferAllocator accounting, long size) {
    super(accounting);
    this.address = Heap.allocate(size, ALIGNMENT);
    this.size = size;
    ALLOCATIONS.increment();
  }

  private static final class FromHeap implements Factory {
    private static final ArrowBuf EMPTY =
        new ArrowBuf(ReferenceManager.NO_OP, null, 0, Heap.allocate(0, ALIGNMENT));

    @Override
    public AllocationManager create(BufferAllocator accounting, long size) {
      return new OnemallocAllocationManager(accounting, size);
    }

    @Override
    public ArrowBuf empty() {
      return EMPTY;
    }
  }

  @Override
  public long getSize() {
    return size;
  }

  @Override
  protected long memoryAddress() {
    return address;
  }

  @Override
  protected void release0() {
    Heap.deallocate(address, size, ALIGNMENT);
    RELEASES.increment();
  }

  /**
   * Returns how many blocks this process has allocated through this class.
   *
   * @return a number that only grows
   */
  public static long allocations() {
    return ALLOCATIONS.sum();
  }

  /**
   * Returns how many of them were released.
   *
   * @return a number that only grows
   */
  public static long releases() {
    return RELEASES.sum();
  }
}
