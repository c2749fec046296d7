package org.onemalloc;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The full rows of one size class that no thread holds: how blocks freed on one thread reach
 * another.
 *
 * <p>Rows move by address, last in first out (the blocks freed last are still in a cache). The lock
 * is tried, never waited for: whoever does not get it within some spins goes to the allocator
 * instead. A stack without a lock would need a counter against ABA beside the address, and two
 * compare-and-sets a move as well.
 */
final class Depot extends AtomicInteger {
  private static final long serialVersionUID = 1L;
  private static final int SPINS = 64;

  private long head;
  private int count;
  private int least;

  // the next depot's lock must not share a cache line with this one
  @SuppressWarnings("unused")
  private long pad1, pad2, pad3, pad4, pad5, pad6, pad7, pad8;

  private boolean lock() {
    for (int i = 0; i < SPINS; i++) {
      if (getPlain() == 0 && compareAndSet(0, 1)) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  /** Takes a full row, 0 if there is none or the lock is busy. */
  long pop() {
    if (head == 0 || !lock()) {
      return 0;
    }
    long row = head;
    if (row != 0) {
      head = Rows.next(row);
      Rows.link(row, 0);
      count--;
      least = Math.min(least, count);
    }
    setRelease(0);
    return row;
  }

  /** Gives a full row; false if the lock is busy. */
  boolean push(long row) {
    if (!lock()) {
      return false;
    }
    Rows.link(row, head);
    head = row;
    count++;
    setRelease(0);
    return true;
  }

  /** Returns how many rows have not been needed since the last call. */
  int idle() {
    if (!lock()) {
      return 0;
    }
    int idle = least;
    least = count;
    setRelease(0);
    return idle;
  }
}
