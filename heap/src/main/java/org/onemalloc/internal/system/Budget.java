package org.onemalloc.internal.system;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A number of bytes that any number of threads may take from; the sum never exceeds the limit.
 *
 * <p>Compare-and-set is used, and not an addition that may be reverted: a sum that exceeds the
 * limit for a moment would make another thread's smaller request fail although it fits.
 */
public final class Budget {
  private final AtomicLong taken;
  private volatile long limit;

  public Budget(long limit) {
    this(limit, 0);
  }

  /** Makes a budget of which some bytes are already taken. */
  public Budget(long limit, long taken) {
    this.limit = limit;
    this.taken = new AtomicLong(taken);
  }

  /** Takes a number of bytes, or takes none and returns false if they would exceed the limit. */
  public boolean take(long bytes) {
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

  public void give(long bytes) {
    taken.getAndAdd(-bytes);
  }

  public long taken() {
    return taken.get();
  }

  public long limit() {
    return limit;
  }

  /** Changes the limit; bytes taken beyond a lower limit stay taken. */
  public void limit(long bytes) {
    limit = bytes;
  }
}
