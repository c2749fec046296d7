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
 * are Arrow's own and stay as they are. {@link #getSize} is the very size that was asked for: Arrow
 * reserves that much before it asks, gives back what getSize says, and so would lose account of
 * anything else. What a block could hold beyond is a matter of rounding the request up front: see
 * {@link HeapRoundingPolicy}.
 *
 * <p>Safe for use by any threads, platform and virtual, and the last buffer may be released on
 * another thread than the one that allocated.
 */
public class OnemallocAllocationManager extends AllocationManager {

  /** Of any size: what malloc aligns to, which the fastest path of the heap serves. */
  static final long ALIGNMENT = 16;

  /**
   * Makes these managers: give it to {@code RootAllocator.configBuilder()
   * .allocationManagerFactory(…)}. On the class path the artifact {@code
   * onemalloc-arrow-memory-core} makes it Arrow's default; without that, one of Arrow's own
   * managers must be there too, because Arrow does not start where it finds no default.
   *
   * <p>{@code create} throws {@link OutOfMemoryError} if the heap has no such block, and then
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

  /** The block comes first: Arrow knows nothing of an allocation that fails. */
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
    /** Arrow asks for the address of a buffer without memory, and never reads there. */
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
