package org.onemalloc.netty;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that may be taken, never more together than the limit, by any number of threads. */
final class Budget {
  private final AtomicLong taken = new AtomicLong();
  private final long limit;

  Budget(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  /** Takes so many bytes; or takes none, and returns false, if there is no room for them. */
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

  /** Returns whether so little is left that no thread should hold a reserve. */
  boolean scarce() {
    return taken.get() > limit - (limit >> 3);
  }
}
