package org.onemalloc.internal.cache;

/**
 * One free block for each thread, of one size: the first block of the next arena that the thread
 * opens.
 *
 * <p>A magazine would serve too, but with twice the code: the JIT builds about 700 nodes for an
 * access to native memory and a tenth of that for one to an array, and stops inlining a method at
 * 18,000 (NodeCountInliningCutoff). If it stops before the close of the arena, which comes last,
 * the arena becomes an object. With two magazine operations and eight stores for zeroing there
 * would be room for three accesses to a segment in the caller's own code; 64 bytes in an arena took
 * 3 ns, and 20 with twelve accesses.
 *
 * <p>Word 0 of a thread's place is its id, as in the slots of {@link CachedHeap}, word 1 the block
 * or 0. A thread whose place belongs to another thread has no spare block. {@code HeapArena} has
 * the code by which the owner takes and returns its block.
 */
public final class Spares {
  private static final int PLACES = 1024;

  /** A cache line, so that neighbours do not share one. */
  private static final int PLACE_BITS = 3;

  static final long MASK = PLACES - 1;

  public final long[] words = new long[PLACES << PLACE_BITS];

  /** Returns the index of a thread's place. */
  public static int place(long thread) {
    return (int) (thread & MASK) << PLACE_BITS;
  }

  /**
   * Gives a place to a thread, unless another thread has it; called with the lock of {@link
   * Caches}.
   */
  boolean claim(long thread) {
    int at = place(thread);
    if (words[at] != 0) {
      return false;
    }
    words[at] = thread;
    return true;
  }

  /**
   * Takes the block of the calling thread, or of one that has ended; returns 0 if there is none.
   */
  long take(long thread) {
    int at = place(thread);
    if (words[at] != thread) {
      return 0;
    }
    long block = words[at + 1];
    words[at + 1] = 0;
    return block;
  }

  /**
   * Removes a thread from its place; returns false if it has none. Its block must have been taken
   * before.
   */
  boolean release(long thread) {
    int at = place(thread);
    if (words[at] != thread) {
      return false;
    }
    words[at] = 0;
    return true;
  }
}
