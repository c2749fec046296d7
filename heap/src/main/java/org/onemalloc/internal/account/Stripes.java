package org.onemalloc.internal.account;

import java.util.concurrent.atomic.AtomicLongArray;

/** Bytes and blocks counted by threads without a ledger, each stripe on a cache line of its own. */
final class Stripes {
  private static final int COUNT = 8;
  private static final int LINE = 8;

  private final AtomicLongArray words = new AtomicLongArray(COUNT * LINE);

  void add(long threadId, long bytes, long blocks) {
    int stripe = (int) (threadId & (COUNT - 1)) * LINE;
    words.getAndAdd(stripe, bytes);
    words.getAndAdd(stripe + 1, blocks);
  }

  long sum(int word) {
    long sum = 0;
    for (int stripe = 0; stripe < COUNT; stripe++) {
      sum += words.get(stripe * LINE + word);
    }
    return sum;
  }
}
