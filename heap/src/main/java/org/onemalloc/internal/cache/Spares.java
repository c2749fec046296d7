package org.onemalloc.internal.cache;

/**
 * One free block a thread, of one size: the first block of the arena that it opens next.
 *
 * <p>A magazine would serve as well, at twice the price in code: the JIT builds about 700 nodes for
 * an access to native memory and a tenth of that for one to an array, and stops inlining a method
 * at 18,000 (NodeCountInliningCutoff). What was to be inlined after that, the closing of the arena
 * last, makes it an object. With two magazine operations and eight stores for the zeroing there was
 * room for three accesses to a segment in the caller's own code; 64 bytes in an arena took 3 ns,
 * and 20 with twelve accesses.
 *
 * <p>Word 0 of a thread's place is its id, as in the slots of {@link CachedHeap}, word 1 the block
 * or 0. A thread whose place another thread has goes without. How the owner takes its block and
 * gives it is written out in {@code HeapArena}.
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

  /** Gives a place to a thread, unless another thread has it; under the lock of {@link Caches}. */
  boolean claim(long thread) {
    int at = place(thread);
    if (words[at] != 0) {
      return false;
    }
    words[at] = thread;
    return true;
  }

  /** Takes the block of a thread that asks, or has ended; 0 if there is none. */
  long take(long thread) {
    int at = place(thread);
    if (words[at] != thread) {
      return 0;
    }
    long block = words[at + 1];
    words[at + 1] = 0;
    return block;
  }

  /** Takes a thread's place away; false if it has none. Its block was taken before. */
  boolean release(long thread) {
    int at = place(thread);
    if (words[at] != thread) {
      return false;
    }
    words[at] = 0;
    return true;
  }
}
