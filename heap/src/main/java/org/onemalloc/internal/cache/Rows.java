package org.onemalloc.internal.cache;

import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Pages;
import org.onemalloc.internal.system.Platform;

/**
 * Rows, which are the native arrays of magazines, and the pool of unused ones.
 *
 * <p>A row is 1 KB, aligned to 1 KB. Its last word is the last element of the magazine, whatever
 * the capacity, so that "full" is a test of the address; the word below the first element is 0, so
 * that "empty" is a test of what was just loaded. Word 0 holds the capacity, and the next row while
 * the row is in a list (the low ten bits of a row's address are free).
 */
public final class Rows {
  public static final int SIZE = 1024;

  /** The size of an element, an address. */
  static final long WORD = Long.BYTES;

  /** Offset of the last element. */
  static final int LAST = SIZE - Long.BYTES;

  /** Words of a row less the header and the empty mark. */
  static final int CAPACITY_MAX = SIZE / Long.BYTES - 2;

  private static final int CHUNK = 1 << 20;
  private static final int CAPACITY_BITS = SIZE - 1;

  private final Platform platform;
  private final boolean low;
  private long free;
  private long next;
  private long end;

  /** The row that is both empty and full: a magazine without a row points to it. */
  final long none;

  /**
   * Makes a pool.
   *
   * @param low whether all rows must be below {@link Pages#LOW_END}; once that is used up, there
   *     are no more rows
   */
  public Rows(boolean low, Platform platform) {
    this.low = low;
    this.platform = platform;
    this.none = take();
  }

  /** Returns a row of undefined contents (zeros when first used), 0 if the system has no memory. */
  public synchronized long take() {
    if (free != 0) {
      long row = free;
      free = next(row);
      return row;
    }
    if (next == end) {
      long chunk = low ? Pages.mapLow(CHUNK, platform) : Pages.map(CHUNK, platform);
      if (chunk == 0) {
        return 0;
      }
      next = chunk;
      end = chunk + CHUNK;
    }
    long row = next;
    next += SIZE;
    return row;
  }

  public synchronized void give(long row) {
    link(row, free);
    free = row;
  }

  public static void empty(long row, int capacity) {
    Memory.put(row, capacity);
    Memory.put(bottom(row), 0);
  }

  /** Returns the address of the empty mark, to which the top of an empty magazine points. */
  public static long bottom(long row) {
    return row + LAST - WORD * capacity(row);
  }

  public static int capacity(long row) {
    return (int) (Memory.get(row) & CAPACITY_BITS);
  }

  static long next(long row) {
    return Memory.get(row) & -SIZE;
  }

  static void link(long row, long next) {
    Memory.put(row, next | capacity(row));
  }

  static long row(long top) {
    return top & -SIZE;
  }

  /** Returns the address to which the top of a full magazine points. */
  public static long last(long row) {
    return row + LAST;
  }

  public static boolean full(long top) {
    return (top & LAST) == LAST;
  }
}
