package org.onemalloc.netty;

import java.util.concurrent.atomic.AtomicLong;

/** A number of bytes that any number of threads may take from; the sum never exceeds the limit. */
final class Budget {
  private final AtomicLong taken = new AtomicLong();
  private final long limit;

  Budget(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  /** Takes a number of bytes, or takes none and returns false if they would exceed the limit. */
  boolean take(long bytes) {
    long now = taken.get();
    while (bytes <= limit - now) {
      long was = taken.compareAndExchange(now, now + bytes);
      if (was == now) {
        return true;
      }
      now = was;
    }
    return false;
  }

  void give(long bytes) {
    taken.getAndAdd(-bytes);
  }

  long taken() {
    return taken.get();
  }

  /** Returns whether less than an eighth is left: then no thread should hold a reserve. */
  boolean scarce() {
    return taken.get() > limit - (limit >> 3);
  }
}
