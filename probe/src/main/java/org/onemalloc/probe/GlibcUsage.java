package org.onemalloc.probe;

import java.util.OptionalLong;

/**
 * What glibc's own heap holds, also while another allocator serves the process: then what is in use
 * has escaped that allocator.
 *
 * @param heldBytes what it has from the kernel, in use or free, read from its own structures; empty
 *     if they were not recognised, or there is no glibc
 * @param usedBytes of that, what is in use, rounded down to KiB, as glibc's mallinfo tells the
 *     virtual machine; empty if that is not glibc's, or is not known
 * @param freeBytes what is free and kept, likewise
 */
public record GlibcUsage(OptionalLong heldBytes, OptionalLong usedBytes, OptionalLong freeBytes) {
  /**
   * mallinfo counts a moment later than the structures are read; and tcmalloc has a mallinfo of its
   * own, which says something else altogether.
   */
  private static final long MOST_APART = 4 << 20;

  /**
   * Returns the usage, without mallinfo's figures if they are not those of the heap that is held.
   */
  static GlibcUsage of(OptionalLong held, OptionalLong used, OptionalLong free) {
    boolean isSame =
        held.isPresent()
            && used.isPresent()
            && free.isPresent()
            && Math.abs(held.getAsLong() - used.getAsLong() - free.getAsLong())
                <= MOST_APART + held.getAsLong() / 16;
    return isSame
        ? new GlibcUsage(held, used, free)
        : new GlibcUsage(held, OptionalLong.empty(), OptionalLong.empty());
  }
}
