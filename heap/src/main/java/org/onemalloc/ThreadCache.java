package org.onemalloc;

import static org.onemalloc.Memory.get;
import static org.onemalloc.Memory.put;

import java.lang.ref.WeakReference;

/**
 * The magazines of one thread: everything that the fast path of {@link CachedHeap} leaves over.
 *
 * <p>Each class has a loaded row, which the slot points into, and a previous one that is either
 * full or empty (Bonwick and Adams, "Magazines and Vmem", USENIX 2001: with two there is no
 * thrashing at the boundary). Only the owner touches them, except after its death.
 */
final class ThreadCache {
  /** Set in {@link #previous} beside a row that is full. */
  private static final long FULL = 1;

  /** Blocks in the first row of a class; doubled each time the row runs dry or over. */
  private static final int FIRST = 4;

  /** In the place of an owner's id, which is positive. */
  private static final long CALLED = -1;

  private final Caches caches;
  private final SizeClasses classes;
  private final WeakReference<Thread> owner;
  private final long[] previous;
  private long bytes;
  private int hand;

  /** The address of the slot: word 0 is the owner's thread id, then the top of each class. */
  final long slot;

  ThreadCache(Caches caches, Thread owner, long slot) {
    this.caches = caches;
    this.classes = caches.classes();
    this.owner = new WeakReference<>(owner);
    this.previous = new long[classes.count()];
    this.slot = slot;
    for (int c = 0; c < previous.length; c++) {
      put(top(c), caches.rows().none + Rows.LAST);
    }
    put(slot, owner.threadId());
  }

  /** Whether the owner has ended: what it did happened before this answer. */
  boolean orphaned() {
    Thread thread = owner.get();
    return thread == null || !thread.isAlive();
  }

  boolean ownedBy(Thread thread) {
    return owner.refersTo(thread);
  }

  /** Makes the owner's next allocation miss the fast path; false if that is so already. */
  boolean call() {
    boolean fresh = get(slot) != CALLED;
    put(slot, CALLED);
    return fresh;
  }

  /** Says whether the owner, who asks, was called since it last asked. */
  boolean answer() {
    boolean called = get(slot) == CALLED;
    if (called) {
      put(slot, Thread.currentThread().threadId());
    }
    return called;
  }

  private long top(int c) {
    return slot + 8 + c * 8L;
  }

  /** Returns a block of the class, 0 if the allocator has none. */
  long allocate(int c) {
    long t = get(top(c));
    long address = get(t);
    if (address == 0) {
      return refill(c, Rows.row(t));
    }
    put(top(c), t - 8);
    return address;
  }

  void deallocate(int c, long address) {
    long t = get(top(c));
    if (Rows.full(t)) {
      overflow(c, Rows.row(t), address);
    } else {
      push(c, t, address);
    }
  }

  private void push(int c, long t, long address) {
    put(t + 8, address);
    put(top(c), t + 8);
  }

  private long pop(int c, long fullRow) {
    long t = fullRow + Rows.LAST;
    put(top(c), t - 8);
    return get(t);
  }

  private long refill(int c, long row) {
    long full = previous[c];
    boolean real = row != caches.rows().none;
    if ((full & FULL) != 0) {
      previous[c] = real ? row : 0;
      return pop(c, full - FULL);
    }
    long handed = caches.depot(c).pop();
    if (handed == 0) {
      return fill(c, row, real);
    }
    if (real) {
      bytes -= caches.release(c, row);
    }
    long address = pop(c, handed);
    bytes += caches.cost(c, Rows.capacity(handed));
    room(c, 0);
    return address;
  }

  /** Takes half a row of blocks from the allocator. */
  private long fill(int c, long row, boolean real) {
    int capacity = real ? Rows.capacity(row) : 0;
    int wanted = Math.min(caches.capacity(c), Math.max(FIRST, 2 * capacity));
    long loaded = wanted == capacity ? row : real ? grow(c, row, wanted) : newRow(c, wanted);
    long size = classes.size(c);
    Backend backend = caches.backend();
    if (loaded == 0) {
      return backend.allocate(size, 1);
    }
    long bottom = Rows.bottom(loaded, Rows.capacity(loaded));
    long t = bottom;
    for (int n = Math.max(1, Rows.capacity(loaded) / 2); n > 0; n--) {
      long address = backend.allocate(size, 1);
      if (address == 0) {
        break;
      }
      t += 8;
      put(t, address);
    }
    put(top(c), Math.max(bottom, t - 8));
    return get(t);
  }

  /** Makes an empty row larger, if the budgets allow. */
  private long grow(int c, long row, int wanted) {
    long extra = caches.cost(c, wanted) - caches.cost(c, Rows.capacity(row));
    if (room(c, extra) && caches.reserve(extra)) {
      bytes += extra;
      Rows.empty(row, wanted);
    }
    return row;
  }

  private long newRow(int c, int capacity) {
    long cost = caches.cost(c, capacity);
    if (!room(c, cost)) {
      return 0;
    }
    long row = caches.newRow(c, capacity);
    bytes += row == 0 ? 0 : cost;
    return row;
  }

  /** Puts a block into a class whose loaded row is full, or that has none. */
  private void overflow(int c, long row, long address) {
    boolean real = row != caches.rows().none;
    if ((previous[c] & FULL) != 0) {
      bytes -= caches.hand(c, previous[c] - FULL);
      previous[c] = 0;
    }
    int wanted = real ? Math.min(caches.capacity(c), 2 * Rows.capacity(row)) : FIRST;
    long empty = previous[c] != 0 ? previous[c] : newRow(c, Math.min(caches.capacity(c), wanted));
    if (empty == 0) {
      caches.backend().deallocate(address, classes.size(c), 1);
      if (real) {
        spill(c, row);
      }
      return;
    }
    previous[c] = real ? row | FULL : 0;
    push(c, Rows.bottom(empty, Rows.capacity(empty)), address);
  }

  /** Gives the older half of a full row back to the allocator. */
  private void spill(int c, long row) {
    int capacity = Rows.capacity(row);
    int n = (capacity + 1) / 2;
    long first = Rows.bottom(row, capacity) + 8;
    for (int i = 0; i < n; i++) {
      caches.backend().deallocate(get(first + 8L * i), classes.size(c), 1);
    }
    for (int i = n; i < capacity; i++) {
      put(first + 8L * (i - n), get(first + 8L * i));
    }
    put(top(c), first + 8L * (capacity - n - 1));
  }

  /** Makes room in this thread's budget, other classes in turn giving up what they hold. */
  private boolean room(int c, long cost) {
    for (int i = 0; i < previous.length && bytes + cost > caches.threadMax(); i++) {
      hand = hand + 1 == previous.length ? 0 : hand + 1;
      if (hand != c) {
        drop(hand);
      }
    }
    return bytes + cost <= caches.threadMax();
  }

  private void drop(int c) {
    long none = caches.rows().none;
    long t = get(top(c));
    long row = Rows.row(t);
    put(top(c), none + Rows.LAST);
    if (row != none) {
      for (; get(t) != 0; t -= 8) {
        caches.backend().deallocate(get(t), classes.size(c), 1);
      }
      bytes -= caches.release(c, row);
    }
    long other = previous[c];
    previous[c] = 0;
    if (other != 0) {
      bytes -= (other & FULL) != 0 ? caches.hand(c, other - FULL) : caches.release(c, other);
    }
  }

  /** Gives everything back: full rows to the depots, other blocks to the allocator. */
  void drain() {
    for (int c = 0; c < previous.length; c++) {
      drop(c);
    }
  }

  /** Returns the bytes that the rows of this thread may hold, with the rows themselves. */
  long bytes() {
    return bytes;
  }
}
