package org.onemalloc.arrow;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.onemalloc.Heap;

/**
 * Arrow's memory as blocks of the process heap.
 *
 * <p>An allocation is one block from {@link Heap}, freed with its size when the last buffer over it
 * is released; the thread caches of the heap are the pool. Contents of new buffers are undefined.
 * Blocks are aligned to 16 bytes, as those of Arrow's own managers are.
 *
 * <p>Limits, reservations, {@code AllocationListener}s and the exact accounts of child allocators
 * are Arrow's own and unchanged. {@link #getSize} is exactly the requested size: Arrow reserves
 * that much before it allocates and releases what {@code getSize} returns, so any other value would
 * falsify its accounts. To use the room that a block has beyond the request, round the request: see
 * {@link HeapRoundingPolicy}.
 *
 * <p>Safe for use by any threads, platform and virtual, and the last buffer may be released on
 * another thread than the one that allocated.
 */
public class OnemallocAllocationManager extends AllocationManager {

  /**
   * The alignment of blocks of any size: malloc's own, which the fastest path of the heap serves.
   */
  static final long ALIGNMENT = 16;

  /**
   * The factory of these managers: pass it to {@code RootAllocator.configBuilder()
   * .allocationManagerFactory(…)}. On the class path the artifact {@code
   * onemalloc-arrow-memory-core} makes it Arrow's default; without that, one of Arrow's own
   * managers must be there too, because Arrow does not start without a default.
   *
   * <p>{@code create} throws {@link OutOfMemoryError} if the heap cannot allocate the block; then
   * nothing is allocated or associated; {@code empty} returns the one buffer of capacity 0.
   */
  public static final Factory FACTORY = new HeapFactory();

  private final long address;
  private final long size;

  OnemallocAllocationManager(BufferAllocator allocator, long address, long size) {
    super(allocator);
    this.address = address;
    this.size = size;
  }

  /** Allocates the block before Arrow is told of it, so that a failure leaves nothing to undo. */
  static OnemallocAllocationManager create(BufferAllocator allocator, long size) {
    long address = Heap.allocate(size, ALIGNMENT);
    try {
      return new OnemallocAllocationManager(allocator, address, size);
    } catch (Throwable t) {
      Heap.deallocate(address, size, ALIGNMENT);
      throw t;
    }
  }

  @Override
  public final long getSize() {
    return size;
  }

  @Override
  protected final long memoryAddress() {
    return address;
  }

  @Override
  protected void release0() {
    Heap.deallocate(address, size, ALIGNMENT);
  }

  private static final class HeapFactory implements Factory {
    /** Arrow asks for the address of a buffer of capacity 0, but never reads there. */
    private final ArrowBuf empty = new ArrowBuf(ReferenceManager.NO_OP, null, 0, ALIGNMENT);

    @Override
    public AllocationManager create(BufferAllocator accountingAllocator, long size) {
      return OnemallocAllocationManager.create(accountingAllocator, size);
    }

    @Override
    public ArrowBuf empty() {
      return empty;
    }
  }
}
