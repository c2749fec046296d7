package org.onemalloc.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.LongAdder;
import org.onemalloc.Heap;

/**
 * Netty's direct buffers as blocks of the process heap.
 *
 * <p>A direct buffer is one block from {@link Heap}, freed with its size when its reference count
 * reaches 0. The thread caches of the heap are the pool: this class pools only the Java objects, of
 * which each platform thread keeps up to {@value BufferObjects#MAX}. Contents of new buffers are
 * undefined, as with every allocator of Netty on Java 24 and newer. Growing asks the heap to grow
 * the block in place.
 *
 * <p>Heap buffers are plain arrays ({@link io.netty.buffer.UnpooledHeapByteBuf}).
 *
 * <p>Neither {@code sun.misc.Unsafe} nor native access for {@code io.netty.common} is needed;
 * native access for {@code onemalloc} and {@code onemalloc.netty} is. Netty's leak detection and
 * its levels work as usual. As with Netty's own pooled buffers, a reference to a released buffer
 * may see the next buffer that uses the same object.
 *
 * <p>Instances are safe for use by any threads, platform and virtual, and a buffer may be released
 * on another thread than the one that allocated it.
 */
public final class OnemallocByteBufAllocator extends AbstractByteBufAllocator
    implements ByteBufAllocatorMetricProvider {

  /**
   * The allocator for {@code ChannelOption.ALLOCATOR}: prefers direct buffers unless {@code
   * io.netty.noPreferDirect} is set, limited to {@code io.netty.maxDirectMemory}.
   */
  public static final OnemallocByteBufAllocator DEFAULT =
      new OnemallocByteBufAllocator(PlatformDependent.directBufferPreferred());

  private final boolean preferDirect;
  private final Lanes lanes;
  private final LongAdder heapBytes = new LongAdder();
  private final OnemallocMetric metric;

  /**
   * Creates an allocator limited to {@code PlatformDependent.maxDirectMemory()}.
   *
   * @param preferDirect whether {@link #buffer()} makes direct buffers
   */
  public OnemallocByteBufAllocator(boolean preferDirect) {
    this(preferDirect, PlatformDependent.maxDirectMemory());
  }

  /**
   * Creates an allocator.
   *
   * @param preferDirect whether {@link #buffer()} makes direct buffers
   * @param maxDirectMemory the maximum sum of the capacities of all direct buffers, in bytes, 1 or
   *     more. It is never exceeded; near it, up to 128 KB that each thread holds in reserve may not
   *     be available to other threads
   * @throws IllegalArgumentException if {@code maxDirectMemory} is less than 1
   */
  public OnemallocByteBufAllocator(boolean preferDirect, long maxDirectMemory) {
    super(preferDirect);
    if (maxDirectMemory < 1) {
      throw new IllegalArgumentException(
          "maxDirectMemory is " + maxDirectMemory + ": it must be at least 1 byte.");
    }
    this.preferDirect = preferDirect;
    this.lanes = new Lanes(this, new Budget(maxDirectMemory));
    this.metric = new OnemallocMetric(lanes, heapBytes);
  }

  /**
   * {@inheritDoc}
   *
   * @throws OutOfMemoryError if the limit would be exceeded, or the heap cannot allocate the block
   */
  @Override
  @SuppressWarnings("ReferenceEquality")
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    Lane lane = lanes.mine();
    lanes.take(lane, initialCapacity);
    long address;
    try {
      address =
          lane != null
              ? lane.heap.allocate(initialCapacity, OnemallocByteBuf.ALIGNMENT)
              : Heap.allocate(initialCapacity, OnemallocByteBuf.ALIGNMENT);
    } catch (OutOfMemoryError e) {
      lanes.give(lane, initialCapacity);
      throw e;
    }
    OnemallocByteBuf buffer = lane != null ? lane.take() : new OnemallocByteBuf(this, null, -1);
    buffer.start(address, initialCapacity, maxCapacity);
    ByteBuf watched = toLeakAwareBuffer(buffer);
    if (watched != buffer && lane != null) {
      lane.giveUp(buffer);
    }
    return watched;
  }

  /** Frees the block of a buffer and keeps the object for the next one. */
  void release(OnemallocByteBuf buffer, long address, int capacity) {
    Lane lane = buffer.isHome() ? buffer.home : lanes.mine();
    lanes.give(lane, capacity);
    if (lane != null) {
      lane.heap.deallocate(address, capacity, OnemallocByteBuf.ALIGNMENT);
      lane.give(buffer);
    } else {
      Heap.deallocate(address, capacity, OnemallocByteBuf.ALIGNMENT);
      BufferObjects.giveBack(buffer);
    }
  }

  /** Changes the size of a buffer's block; on failure the block is unchanged. */
  long resize(long address, int capacity, int newCapacity) {
    Lane lane = lanes.mine();
    int more = newCapacity - capacity;
    if (more > 0) {
      lanes.reserve(lane, more);
    }
    long moved;
    try {
      moved = Heap.reallocate(address, capacity, newCapacity, OnemallocByteBuf.ALIGNMENT);
    } catch (OutOfMemoryError e) {
      if (more > 0) {
        lanes.unreserve(lane, more);
      }
      throw e;
    }
    if (more < 0) {
      lanes.unreserve(lane, -more);
    }
    return moved;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return new ArrayByteBuf(this, initialCapacity, maxCapacity, heapBytes);
  }

  /**
   * Returns the memory that this allocator's buffers hold.
   *
   * @return a live view
   */
  @Override
  public OnemallocMetric metric() {
    return metric;
  }

  /**
   * Returns true: direct buffers are pooled, by the thread caches of the heap.
   *
   * @return true
   */
  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  // the superclass prefers direct buffers only where Netty itself can free them

  @Override
  public ByteBuf buffer() {
    return preferDirect ? directBuffer() : heapBuffer();
  }

  @Override
  public ByteBuf buffer(int initialCapacity) {
    return preferDirect ? directBuffer(initialCapacity) : heapBuffer(initialCapacity);
  }

  @Override
  public ByteBuf buffer(int initialCapacity, int maxCapacity) {
    return preferDirect
        ? directBuffer(initialCapacity, maxCapacity)
        : heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public CompositeByteBuf compositeBuffer() {
    return preferDirect ? compositeDirectBuffer() : compositeHeapBuffer();
  }

  @Override
  public CompositeByteBuf compositeBuffer(int maxNumComponents) {
    return preferDirect
        ? compositeDirectBuffer(maxNumComponents)
        : compositeHeapBuffer(maxNumComponents);
  }
}
