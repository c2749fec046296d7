package org.onemalloc.internal.cache;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The full rows of one size class that no thread holds. By a depot, blocks freed on one thread
 * reach another.
 *
 * <p>Rows move by address, last in first out (the blocks freed last are still in a cache). A thread
 * that does not get the lock within some spins calls the allocator instead; no thread waits. A
 * lock-free stack would need a counter against ABA beside the address, and also two
 * compare-and-sets per move.
 *
 * <p>It holds no more rows than were recently requested: each request raises the number of rows
 * that may stay by one, each surplus row lowers it by an eighth. So a class that threads exchange,
 * or that is freed and allocated in turns, keeps what it needs; a class that a program has stopped
 * using returns its blocks to the allocator while they are freed, and not only when a budget is
 * full.
 */
public final class Depot extends AtomicInteger {
  private static final long serialVersionUID = 1L;
  private static final int SPINS = 64;

  /** Rows that may always stay. */
  private static final int FLOOR = 4;

  private final int max;
  private long head;
  private int count;
  private int least;
  private int wanted = FLOOR;

  // the next depot's lock must not share a cache line with this one
  @SuppressWarnings("unused")
  private long pad1, pad2, pad3, pad4, pad5, pad6, pad7, pad8;

  /**
   * Makes an empty depot.
   *
   * @param max the most rows that it holds
   */
  public Depot(int max) {
    this.max = Math.max(FLOOR, max);
  }

  private boolean lock() {
    for (int i = 0; i < SPINS; i++) {
      if (getPlain() == 0 && compareAndSet(0, 1)) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  /** Takes a full row for a thread, 0 if there is none or the lock is busy. */
  public long pop() {
    // not under the lock: an increment lost to another thread's is made up for by the next
    wanted = Math.min(max, wanted + 1);
    return head == 0 ? 0 : take(0);
  }

  /** Takes a full row for the allocator if there are more than should stay. */
  long surplus() {
    return count <= wanted ? 0 : take(wanted);
  }

  /** Takes a full row for the allocator. */
  long drain() {
    return head == 0 ? 0 : take(0);
  }

  private long take(int stay) {
    if (!lock()) {
      return 0;
    }
    long row = count > stay ? head : 0;
    if (row != 0) {
      head = Rows.next(row);
      Rows.link(row, 0);
      count--;
      least = Math.min(least, count);
    }
    setRelease(0);
    return row;
  }

  /** Adds a full row; returns false if there are enough, or the lock is busy. */
  public boolean push(long row) {
    if (!lock()) {
      return false;
    }
    boolean room = count < wanted;
    if (room) {
      Rows.link(row, head);
      head = row;
      count++;
    } else {
      wanted = Math.max(FLOOR, wanted - (wanted + 7) / 8);
    }
    setRelease(0);
    return room;
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

  /** Returns the number of rows, for display. */
  public int rows() {
    return count;
  }
}
