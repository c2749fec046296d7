package org.onemalloc.arrow;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.onemalloc.Heap;

/** Managers that are counted: ours, or with the system property, Arrow's way for comparison. */
public final class Counted {
  /** Set, memory comes from Arrow's own allocateMemory, as its unsafe manager takes it. */
  public static final String THEIRS = "suite.theirs";

  public static final AtomicLong ALLOCATIONS = new AtomicLong();
  public static final AtomicLong RELEASES = new AtomicLong();
  public static final AtomicLong LIVE_BYTES = new AtomicLong();

  private static final boolean OURS = !Boolean.getBoolean(THEIRS);

  public static final AllocationManager.Factory FACTORY =
      new AllocationManager.Factory() {
        @Override
        public AllocationManager create(BufferAllocator allocator, long size) {
          return OURS
              ? new Ours(allocator, Heap.allocate(size, OnemallocAllocationManager.ALIGNMENT), size)
              : new Theirs(allocator, size);
        }

        @Override
        public ArrowBuf empty() {
          return OnemallocAllocationManager.FACTORY.empty();
        }
      };

  private Counted() {}

  private static void allocated(long size) {
    ALLOCATIONS.incrementAndGet();
    LIVE_BYTES.addAndGet(size);
  }

  private static void released(long size) {
    RELEASES.incrementAndGet();
    LIVE_BYTES.addAndGet(-size);
  }

  private static final class Ours extends OnemallocAllocationManager {
    Ours(BufferAllocator allocator, long address, long size) {
      super(allocator, address, size);
      allocated(size);
    }

    @Override
    protected void release0() {
      released(getSize());
      super.release0();
    }
  }

  private static final class Theirs extends AllocationManager {
    private final long size;
    private final long address;

    Theirs(BufferAllocator allocator, long size) {
      super(allocator);
      this.size = size;
      this.address = MemoryUtil.allocateMemory(size);
      allocated(size);
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
      released(size);
      MemoryUtil.freeMemory(address);
    }
  }
}
