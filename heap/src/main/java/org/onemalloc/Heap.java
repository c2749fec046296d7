package org.onemalloc;

import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.listen.Listeners;

/**
 * The heap of this process: the static door to {@link #allocator()}, with the same contract.
 *
 * <p>The first use binds it, once and for the life of the process, to the choice of the final
 * artifact: the record that {@code onemalloc link} left in {@code
 * <java.home>/lib/onemalloc/choice.properties}; without one, the system property {@code
 * onemalloc.heap}; without that, the process heap as it is, whatever {@code malloc} means to the
 * executable (glibc's, or one that was preloaded, or that of the C program this JVM runs in).
 *
 * <table>
 * <caption>Values of the system property {@code onemalloc.heap}</caption>
 * <tr><td>{@code process}</td><td>the process heap</td></tr>
 * <tr><td>{@code private:NAME}</td><td>a second heap: NAME is {@code mimalloc} or {@code jemalloc},
 * taken from the natives of {@code org.lwjgl:lwjgl-NAME} on the class path</td></tr>
 * <tr><td>{@code private:NAME,FILE}</td><td>the same, from a library with prefixed names ({@code
 * mi_}, {@code je_}); blocks of a private heap must not meet C's {@code free}</td></tr>
 * </table>
 *
 * <p>Small blocks are served from caches of the platform threads, without leaving Java. They hold
 * real blocks of the heap, return what ended threads and idle depots held within a few seconds, and
 * are limited:
 *
 * <table>
 * <caption>System properties of the thread caches, read at first use</caption>
 * <tr><td>{@code onemalloc.cache.thread}</td><td>the most that one thread may hold, in bytes,
 * exceeded by one row of 17 KB at most (128 KB above 8 KB a block); 2097152 by default, 0 turns the
 * caches off</td></tr>
 * <tr><td>{@code onemalloc.cache.total}</td><td>the most that all threads may hold together, in
 * bytes; 67108864 by default, 0 turns the caches off</td></tr>
 * <tr><td>{@code onemalloc.cache.mapped}</td><td>the most that {@link GrowableMemory} may keep of
 * mappings that were closed in the last two seconds, in bytes; 67108864 by default, 0 keeps none.
 * None is kept either where the caches are off or blocks are checked</td></tr>
 * </table>
 *
 * <table>
 * <caption>System properties of accounts and observation, read at first use</caption>
 * <tr><td>{@code onemalloc.accounting}</td><td>{@code on} counts every call, by size and thread
 * too; {@code off} by default, when calls through {@link #tagged} alone are counted</td></tr>
 * <tr><td>{@code onemalloc.limit}</td><td>the most live bytes of the process, optionally followed
 * by k, m or g; turns accounting on</td></tr>
 * <tr><td>{@code onemalloc.limit.TAG}</td><td>the most live bytes of a tag and all below
 * it</td></tr>
 * <tr><td>{@code onemalloc.observe}</td><td>{@code on} finds {@link HeapListener}s and samples
 * allocations for them; {@code off} by default</td></tr>
 * </table>
 *
 * <p>{@link HeapChecks} describes the mode that finds mistakes in the use of blocks.
 *
 * <p>If the heap cannot be bound, the first use throws {@link HeapError}. The methods may be called
 * from any thread. All calls below are static or final, so that the JIT inlines the fast path into
 * the caller; the {@link Allocator} interface is for code that takes an allocator as a parameter.
 */
public final class Heap {
  private Heap() {}

  /**
   * Returns this heap as an allocator.
   *
   * @return the allocator that the methods of this class call
   */
  public static Allocator allocator() {
    return Front.FRONT;
  }

  /**
   * Returns the binding of the heap.
   *
   * @return the binding, with its proof
   */
  public static Binding binding() {
    Front.initialise();
    return ProcessHeap.BOUND.binding();
  }

  /**
   * Allocates a block of undefined contents, see {@link Allocator#allocate}.
   *
   * @param size the size in bytes, 0 or more
   * @param alignment the alignment in bytes, a power of two
   * @return the address of the block, never 0
   * @throws IllegalArgumentException if an argument is negative or overflows, or the alignment is
   *     not a power of two
   * @throws OutOfMemoryError if the block cannot be allocated
   */
  public static long allocate(long size, long alignment) {
    return Front.PLAIN
        ? ProcessHeap.CACHED.allocate(size, alignment)
        : Front.FRONT.allocate(size, alignment);
  }

  /**
   * Allocates a block of zeros, see {@link Allocator#allocateZeroed}.
   *
   * @param size the size in bytes, 0 or more
   * @param alignment the alignment in bytes, a power of two
   * @return the address of the block, never 0
   * @throws IllegalArgumentException if an argument is negative or overflows, or the alignment is
   *     not a power of two
   * @throws OutOfMemoryError if the block cannot be allocated
   */
  public static long allocateZeroed(long size, long alignment) {
    return Front.PLAIN
        ? ProcessHeap.CACHED.allocateZeroed(size, alignment)
        : Front.FRONT.allocateZeroed(size, alignment);
  }

  /**
   * Changes the size of a block, moving it where necessary, see {@link Allocator#reallocate}.
   *
   * @param address the address of the block
   * @param oldSize a legal size of the block
   * @param newSize the new size; 0 frees the block
   * @param alignment the alignment that the block was allocated with
   * @return the address of the block now, never 0
   * @throws IllegalArgumentException if an argument is negative or overflows, the alignment is not
   *     a power of two, or {@code address} is 0
   * @throws OutOfMemoryError if the block cannot be allocated; the old one is untouched
   */
  public static long reallocate(long address, long oldSize, long newSize, long alignment) {
    return Front.PLAIN
        ? ProcessHeap.CACHED.reallocate(address, oldSize, newSize, alignment)
        : Front.FRONT.reallocate(address, oldSize, newSize, alignment);
  }

  /**
   * Tries to change the size of a block without moving it, see {@link Allocator#resizeInPlace}.
   *
   * @param address the address of the block
   * @param oldSize a legal size of the block
   * @param newSize the new size
   * @param alignment the alignment that the block was allocated with
   * @return the usable size of the block now, in bytes
   * @throws IllegalArgumentException if an argument is negative or overflows, the alignment is not
   *     a power of two, or {@code address} is 0
   */
  public static long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return Front.PLAIN
        ? ProcessHeap.CACHED.resizeInPlace(address, oldSize, newSize, alignment)
        : Front.FRONT.resizeInPlace(address, oldSize, newSize, alignment);
  }

  /**
   * Frees a block, see {@link Allocator#deallocate}.
   *
   * @param address the address of the block
   * @param size a legal size of the block
   * @param alignment the alignment that the block was allocated with
   * @throws IllegalArgumentException if an argument is negative or overflows, the alignment is not
   *     a power of two, or {@code address} is 0
   */
  public static void deallocate(long address, long size, long alignment) {
    if (Front.PLAIN) {
      ProcessHeap.CACHED.deallocate(address, size, alignment);
    } else {
      Front.FRONT.deallocate(address, size, alignment);
    }
  }

  /**
   * Returns how many bytes of a block may be used, see {@link Allocator#usableSize}.
   *
   * @param address the address of the block
   * @param size a legal size of the block
   * @param alignment the alignment that the block was allocated with
   * @return the usable size in bytes
   * @throws IllegalArgumentException if an argument is negative or overflows, the alignment is not
   *     a power of two, or {@code address} is 0
   */
  public static long usableSize(long address, long size, long alignment) {
    return Front.PLAIN
        ? ProcessHeap.CACHED.usableSize(address, size, alignment)
        : Front.FRONT.usableSize(address, size, alignment);
  }

  /**
   * Returns this heap under a tag: the same blocks, counted. All allocators of one tag share one
   * account.
   *
   * @param tag from 1 to 100 names with {@code /} between them, as in {@code cache/index}; no name
   *     is empty or has control characters
   * @return the tag's allocator
   * @throws IllegalArgumentException if {@code tag} is not of this form
   * @throws HeapError if a system property of the accounts has an illegal value
   */
  public static TaggedHeap tagged(String tag) {
    return Observation.tagged(tag);
  }

  /**
   * Returns this heap as one account: all tags together, and untagged calls. For a limit of the
   * process and for pressure at run time; the system property {@code onemalloc.limit} limits it
   * from the start.
   *
   * @return the allocator of untagged calls
   * @throws IllegalStateException if untagged calls are not counted, because the JVM was not
   *     started with {@code -Donemalloc.accounting=on}
   */
  public static TaggedHeap accounted() {
    return Observation.accounted();
  }

  /**
   * Returns the statistics of this heap. Takes some microseconds, the first time some milliseconds.
   *
   * @return live blocks, the content of caches, the allocator's own figures
   */
  public static HeapStatistics statistics() {
    return Observation.statistics();
  }

  /**
   * Returns free memory to the system: the blocks in depots, in the caches of ended threads and in
   * that of the calling thread are returned to the allocator, the mappings that {@link
   * GrowableMemory} keeps are unmapped, and the allocator is called to return its free pages
   * ({@code mallctl} purge, {@code mi_collect}, {@code malloc_trim}, {@code ReleaseFreeMemory}).
   * The caches of other live threads keep their blocks, at most {@code onemalloc.cache.thread}
   * bytes each, because only those threads may access them. Takes milliseconds, and the memory
   * causes page faults when it is used again: call it when the program is idle or memory is scarce.
   */
  public static void purge() {
    Observation.purge();
  }

  /**
   * Adds a listener; adding it twice calls it twice.
   *
   * @param listener the listener, which is called until the process ends or until it throws
   */
  public static void addListener(HeapListener listener) {
    Listeners.add(listener);
  }

  /**
   * Returns the largest size that costs no more memory than {@code size} does at an alignment of 16
   * or less: the size to request if more room is useful.
   *
   * @param size the size in bytes, 0 or more
   * @return a size of at least {@code size} bytes; {@code size} itself if the allocator does not
   *     report how it rounds
   * @throws IllegalArgumentException if {@code size} is negative or overflows
   */
  public static long goodSize(long size) {
    Front.initialise();
    return ProcessHeap.CACHED.goodSize(size);
  }
}
