package org.onemalloc.internal.account;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What accounting mode counts in addition to tags: what was allocated and freed, and live blocks by
 * size.
 *
 * <p>The words: bytes allocated, blocks allocated, bytes freed, blocks freed, and then for each
 * power of two live bytes and live blocks of the sizes up to it.
 */
public final class Detail {
  /** Sizes up to 2 to the power of 62. */
  public static final int CLASSES = 63;

  public static final int FIRST_CLASS = 4;
  static final int WORDS = FIRST_CLASS + 2 * CLASSES;

  private Detail() {}

  /** Returns the power of two at or above a size of 1 or more. */
  public static int classOf(long size) {
    return Long.SIZE - Long.numberOfLeadingZeros(size - 1);
  }

  /** Counts a block that was allocated, with sign 1, or freed, with sign -1. */
  static void count(long[] detail, long size, int sign) {
    int total = 1 - sign;
    int c = FIRST_CLASS + 2 * classOf(size);
    Ledger.add(detail, total, size);
    Ledger.add(detail, total + 1, 1);
    Ledger.add(detail, c, sign * size);
    Ledger.add(detail, c + 1, sign);
  }

  /** The same for threads that share the words. */
  static void count(AtomicLongArray detail, long size, int sign) {
    int total = 1 - sign;
    int c = FIRST_CLASS + 2 * classOf(size);
    detail.getAndAdd(total, size);
    detail.getAndAdd(total + 1, 1);
    detail.getAndAdd(c, sign * size);
    detail.getAndAdd(c + 1, sign);
  }
}
