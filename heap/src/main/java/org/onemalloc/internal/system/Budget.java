package org.onemalloc.internal.system;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that may be taken, never more together than the limit, by any number of threads.
 *
 * <p>Compare-and-set, not add and take back: a sum that is above the limit for a moment would make
 * another thread's smaller request fail although it has room.
 */
public final class Budget {
  private final AtomicLong taken;
  private volatile long limit;

  public Budget(long limit) {
    this(limit, 0);
  }

  /** Makes one of which something is taken. */
  public Budget(long limit, long taken) {
    this.limit = limit;
    this.taken = new AtomicLong(taken);
  }

  /** Takes so many bytes; or takes none, and returns false, if there is no room for them. */
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

  /** Changes the limit; what is taken beyond a lower one stays taken. */
  public void limit(long bytes) {
    limit = bytes;
  }
}
