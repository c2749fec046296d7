package org.onemalloc.parquet;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.onemalloc.Heap;

/**
 * Parquet's direct buffers as blocks of the process heap, which are freed when Parquet releases
 * them and not by the garbage collector: pass it to {@code
 * ParquetProperties.builder().withAllocator(…)}, {@code ParquetReader.Builder.withAllocator(…)} and
 * the like.
 *
 * <p>A buffer is one block, aligned to 16 bytes, big-endian as those of {@link
 * ByteBuffer#allocateDirect}, and its contents are undefined. Parquet's own direct allocator
 * ignores a second release, or the release of a slice, because it releases nothing; this one
 * records live buffers and refuses all others. After its release a buffer must not be used, nor any
 * slice or duplicate of it.
 *
 * <p>Any number of threads may use it, and a buffer may be released on another thread than the one
 * that allocated it.
 */
public final class OnemallocByteBufferAllocator implements ByteBufferAllocator {
  private static final long ALIGNMENT = 16;

  private static final MemorySegment ALL = everything();

  /** The size of each live block, by address. */
  private final ConcurrentHashMap<Long, Integer> live = new ConcurrentHashMap<>();

  /** Creates an allocator. */
  public OnemallocByteBufferAllocator() {}

  @SuppressWarnings("restricted")
  private static MemorySegment everything() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  /**
   * Allocates a buffer.
   *
   * @param size its capacity in bytes, 0 or more
   * @return a direct buffer, from position 0 to limit {@code size}
   * @throws IllegalArgumentException if {@code size} is negative
   * @throws OutOfMemoryError if the heap cannot allocate the block
   */
  @Override
  public ByteBuffer allocate(int size) {
    // a block of its own even for size 0, because blocks are distinguished by their addresses
    long address = Heap.allocate(size == 0 ? 1 : size, ALIGNMENT);
    live.put(address, size);
    return ALL.asSlice(address, size).asByteBuffer();
  }

  /**
   * Frees the block of a buffer.
   *
   * @param b a buffer that {@link #allocate} returned, with any position and limit
   * @throws IllegalArgumentException if it is not such a buffer, or was released before; then
   *     nothing is changed
   */
  @Override
  public void release(ByteBuffer b) {
    long address = b.isDirect() ? MemorySegment.ofBuffer(b).address() - b.position() : 0;
    int size = b.capacity();
    if (!live.remove(address, size)) {
      throw new IllegalArgumentException(
          "The buffer of "
              + size
              + " bytes was not allocated by this allocator, or was already released.");
    }
    Heap.deallocate(address, size == 0 ? 1 : size, ALIGNMENT);
  }

  /**
   * Returns true: buffers are direct.
   *
   * @return true
   */
  @Override
  public boolean isDirect() {
    return true;
  }

  /**
   * Returns the number of buffers that are not released.
   *
   * @return the number
   */
  public int live() {
    return live.size();
  }
}
