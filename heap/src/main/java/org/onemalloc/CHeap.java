package org.onemalloc;

import java.lang.foreign.MemorySegment;
import org.onemalloc.internal.bind.GlibcChunk;
import org.onemalloc.internal.bind.SizeClasses;
import org.onemalloc.internal.bind.Standard;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Arguments;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Memory;

/**
 * The process heap with the functions of C, for libraries whose allocator interface passes no size
 * to free: blocks are malloc's, {@code free} and {@code realloc} determine the size of a block, and
 * failure is address 0, not an exception.
 *
 * <p>It is for adapters to such libraries. A caller that knows the size of a block uses {@link
 * Heap}, which is faster because it need not ask for the size.
 *
 * <p>Blocks are those of {@link Heap} and of C: each may be passed to C's {@code free} and {@code
 * realloc}, and every block of C's may be passed here, aligned ones included. Small blocks come
 * from the thread caches and return to them. The size of a block is read from the word before it on
 * glibc (malloc.c, struct malloc_chunk), and from the allocator's {@code malloc_usable_size}
 * elsewhere.
 *
 * <p>Like calls of C's functions, these are neither counted by accounts nor checked; the checked
 * modes learn of blocks of {@link Heap} that are freed here.
 *
 * <p>Sizes are C's {@code size_t}: a negative one means more than can exist. As in C, freeing a
 * block twice, or an address that is not a block's, is undefined. The methods may be called from
 * any thread.
 *
 * <p>Where {@link CFunctions#ofProcessHeap} throws (a private heap, Windows, macOS), the first use
 * ends in an {@link ExceptionInInitializerError} with what it throws as the cause.
 */
public final class CHeap {
  private static final CachedHeap HEAP = ProcessHeap.CACHED;
  private static final SizeClasses CLASSES = HEAP.classes();

  // fields of their own, so that the JIT treats the addresses as constants
  private static final MemorySegment REALLOC = CFunctions.ofProcessHeap().realloc();
  private static final MemorySegment FREE = CFunctions.ofProcessHeap().free();

  /** Whether blocks have glibc's layout, as the binding determined. */
  private static final boolean CHUNKS =
      HEAP.direct().backend() instanceof Standard standard && standard.glibc();

  private CHeap() {}

  /**
   * Allocates a block of undefined contents, as C's {@code malloc}.
   *
   * @param size the size in bytes; 0 is treated as 1
   * @return the address of the block, aligned for any object of that size; 0 if it cannot be
   *     allocated
   */
  public static long malloc(long size) {
    long bytes = size == 0 ? 1 : size;
    if (!Arguments.legal(bytes, 1)) {
      return 0;
    }
    try {
      return forC(HEAP.allocate(bytes, 1), bytes, 1);
    } catch (OutOfMemoryError e) {
      return 0;
    }
  }

  /**
   * Allocates a block of zeros, as C's {@code calloc}.
   *
   * @param count the number of elements
   * @param size the size of each in bytes
   * @return the address of the block; 0 if it cannot be allocated, or if the product is too large
   */
  public static long calloc(long count, long size) {
    long product = count * size;
    if (count < 0 || size < 0 || Math.multiplyHigh(count, size) != 0) {
      return 0;
    }
    long bytes = product == 0 ? 1 : product;
    if (!Arguments.legal(bytes, 1)) {
      return 0;
    }
    try {
      return forC(HEAP.allocateZeroed(bytes, 1), bytes, 1);
    } catch (OutOfMemoryError e) {
      return 0;
    }
  }

  /**
   * Allocates an aligned block, as C's {@code aligned_alloc}, but of any size.
   *
   * @param alignment the alignment in bytes, a power of two
   * @param size the size in bytes; 0 is treated as 1
   * @return the address of the block, a multiple of {@code alignment}; 0 if it cannot be allocated,
   *     or if {@code alignment} is not a power of two
   */
  public static long alignedAlloc(long alignment, long size) {
    long bytes = size == 0 ? 1 : size;
    if (!Arguments.legal(bytes, alignment)) {
      return 0;
    }
    try {
      return forC(HEAP.allocate(bytes, alignment), bytes, alignment);
    } catch (OutOfMemoryError e) {
      return 0;
    }
  }

  /**
   * Changes the size of a block, as C's {@code realloc}: the contents are kept, an alignment above
   * malloc's is not.
   *
   * @param block the address of the block; 0 allocates
   * @param size the new size in bytes; 0 frees the block and returns 0
   * @return the address of the block now; 0 if it cannot be allocated, and the old block is then
   *     untouched
   */
  public static long realloc(long block, long size) {
    if (block == 0) {
      return malloc(size);
    }
    if (size == 0) {
      free(block);
      return 0;
    }
    if (block < Guarded.LIMIT) {
      return moved(block, Guarded.usableSize(block, 1, 1), size);
    }
    if (Front.FULL != null) {
      long apart = Front.FULL.sizeApart(block);
      if (apart >= 0) {
        return moved(block, apart, size);
      }
      if (!Front.FULL.freedAsInC(block)) {
        return 0;
      }
    }
    long usable = usable(block);
    int from = HEAP.cached() ? below(usable) : -1;
    int to = CLASSES.cacheClassOf(size, 1);
    if (from < 0 || to < 0) {
      return Calls.sized(REALLOC, Math.max(usable, size), block, size, 0);
    }
    return from == to ? block : moved(block, usable, size);
  }

  private static long moved(long block, long usable, long size) {
    long moved = malloc(size);
    if (moved != 0) {
      Memory.copy(block, moved, Math.min(usable, size));
      free(block);
    }
    return moved;
  }

  /**
   * Frees a block, as C's {@code free}, whatever its alignment.
   *
   * @param block the address of the block; with 0 nothing happens
   */
  public static void free(long block) {
    if (block < Guarded.LIMIT) {
      freeLow(block);
      return;
    }
    if (Front.FULL != null && !Front.FULL.freedAsInC(block)) {
      return;
    }
    long usable = usable(block);
    int c = below(usable);
    if (c >= 0) {
      HEAP.deallocateClass(block, c);
    } else {
      Calls.sized(FREE, usable, block, 0, 0);
    }
  }

  /** Frees a guarded block; does nothing for null. */
  private static void freeLow(long block) {
    if (block != 0) {
      Guarded.free(block);
    }
  }

  /**
   * Moves a guarded block, which is not malloc's, to one of malloc's; in other modes the test is
   * always false.
   */
  private static long forC(long block, long size, long alignment) {
    return block < Guarded.LIMIT ? HeapChecks.handOver(block, size, alignment) : block;
  }

  /** Returns the usable size of a block, Long.MAX_VALUE if it is not known. */
  private static long usable(long block) {
    return CHUNKS ? GlibcChunk.usable(block) : HEAP.direct().backend().actualSize(block);
  }

  /**
   * Returns the largest class that a block with the given usable size can serve, -1 if the block
   * must not be cached. The class of that size would be wrong: an aligned block of mimalloc's
   * begins inside another block, and the rest of that block is not the size of any class.
   */
  private static int below(long usable) {
    return usable < CLASSES.min() || usable > CLASSES.max() ? -1 : CLASSES.classOf(usable + 1) - 1;
  }
}
