package org.onemalloc;

/**
 * What glibc's malloc writes before each block (struct malloc_chunk and chunksize in malloc.c): the
 * word before it is the size of the chunk, a multiple of 16, and three flags. A chunk lends its
 * block the first word of the next one, and a chunk of its own mapping does not.
 *
 * <p>Only where the binding has seen that a block is laid out like this.
 */
final class GlibcChunk {
  private static final long FLAGS = 7;
  private static final long MAPPED = 2;

  private GlibcChunk() {}

  /** Returns how many bytes of a block may be used, as malloc_usable_size does. */
  static long usable(long address) {
    long word = Memory.get(address - Long.BYTES);
    long chunk = word & ~FLAGS;
    return (word & MAPPED) == 0 ? chunk - Long.BYTES : chunk - 2 * Long.BYTES;
  }

  /** Whether a block has no tag in its address (a tagged one's header has another tag). */
  static boolean readable(long address) {
    return address >>> 56 == 0;
  }
}
