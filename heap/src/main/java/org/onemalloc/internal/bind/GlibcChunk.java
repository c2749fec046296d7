package org.onemalloc.internal.bind;

import org.onemalloc.internal.system.Mapped;
import org.onemalloc.internal.system.Memory;

/**
 * What glibc's malloc writes before each block (struct malloc_chunk and chunksize in malloc.c): the
 * word before it is the size of the chunk, a multiple of 16, and three flags. The block of a chunk
 * extends over the first word of the next chunk, unless the chunk has a mapping of its own.
 *
 * <p>Used only if the binding has verified this layout.
 */
public final class GlibcChunk {
  private static final long FLAGS = 7;
  private static final long MAPPED = 2;

  /** Set in the next chunk (PREV_INUSE), also while a freed block is in a thread's cache. */
  private static final long IN_USE = 1;

  private static final long CHUNK_MIN = 32;
  private static final long CHUNK_MAX = 1L << 40;
  private static final long PAGE = 4096;

  private GlibcChunk() {}

  /** Returns how many bytes of a block may be used, as malloc_usable_size does. */
  public static long usable(long address) {
    long word = Memory.get(address - Long.BYTES);
    long chunk = word & ~FLAGS;
    return (word & MAPPED) == 0 ? chunk - Long.BYTES : chunk - 2 * Long.BYTES;
  }

  /** Returns whether the words around a mapped address look like those around a block in use. */
  static boolean mayBeBlock(long address) {
    if ((address & 15) != 0 || !Mapped.readable(address - 16, address)) {
      return false;
    }
    long word = Memory.get(address - 8);
    long chunk = word & ~FLAGS;
    if ((word & MAPPED) != 0) {
      long before = Memory.get(address - 16);
      return ((address - 16 - before) & (PAGE - 1)) == 0 && ((chunk + before) & (PAGE - 1)) == 0;
    }
    long next = address - 16 + chunk;
    return chunk >= CHUNK_MIN
        && chunk < CHUNK_MAX
        && (chunk & 15) == 0
        && Mapped.readable(next, next + 16)
        && (Memory.get(next + 8) & IN_USE) != 0;
  }

  /**
   * Returns whether the address of a block has no tag (the header of a tagged block has another
   * tag).
   */
  static boolean readable(long address) {
    return address >>> 56 == 0;
  }
}
