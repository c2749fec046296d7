package org.onemalloc.internal.cache;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.bind.SizeClasses;
import org.onemalloc.internal.system.Budget;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Pages;
import org.onemalloc.internal.system.Platform;
import org.onemalloc.internal.system.Sweeper;
import org.onemalloc.internal.system.Swept;

/**
 * The parts that the thread caches of a heap share: the table of slots, the depots, the rows, and
 * the budget.
 *
 * <p>Budget: every row counts with the blocks that it can hold and with its own kilobyte, from when
 * it is taken from the pool until it is returned, whether a thread or a depot has it; a thread's
 * spare block (see {@link Spares}) counts from when the thread may have one. So the sum is the most
 * that the caches can hold, and never above the limit of all threads together.
 */
public final class Caches implements Swept {
  /** log2 of the number of slots. Thread ids count up and are never used again. */
  static final int SLOT_BITS = 14;

  /** log2 of the size of a slot. */
  static final int SLOT_BYTES_BITS = 10;

  public static final long SLOT_MASK = (1 << SLOT_BITS) - 1;

  /** The bytes that a row of a class may hold, or two blocks if those are more. */
  private static final long ROW_BYTES = 16 * 1024;

  /** How many caches a new thread looks at for one whose owner has ended. */
  private static final int LOOKS = 8;

  /** The share of the whole budget that the depot of one class may have. */
  private static final int DEPOT_SHARE = 64;

  private final Backend backend;
  private final SizeClasses classes;
  private final CacheLimits limits;
  private final Rows rows;
  private final Depot[] depots;
  private final Budget budget;
  private final Spares spares = new Spares();
  private final ThreadCache[] bySlot = new ThreadCache[1 << SLOT_BITS];
  private final List<ThreadCache> all = new ArrayList<>();
  private volatile boolean sweeping;
  private int nextDepot;
  private int turn;
  private int looked;

  /** The address of the table of slots, 0 if the system had no memory for it. */
  public final long base;

  /** The bits that an address of a slot, or in a row, can have. */
  final long reach;

  private final long idle;

  public Caches(Backend backend, SizeClasses classes, CacheLimits limits, Platform platform) {
    this.backend = backend;
    this.classes = classes;
    this.limits = limits;
    this.budget = new Budget(limits.total());
    long table = (SLOT_MASK + 1) << SLOT_BYTES_BITS;
    long low = Pages.mapLow(table, platform);
    Rows pool = new Rows(low != 0, platform);
    if (low != 0 && pool.none == 0) {
      low = 0; // the table took the last room there: the JVM's class space may have the rest
      pool = new Rows(false, platform);
    }
    this.base = low != 0 ? low : Pages.map(table, platform);
    this.reach = low != 0 ? Pages.LOW_END - 1 : Long.MAX_VALUE;
    this.rows = pool;
    this.idle = rows.take();
    this.depots = new Depot[classes.count()];
    for (int c = 0; c < depots.length; c++) {
      depots[c] = new Depot((int) (limits.total() / DEPOT_SHARE / cost(c, capacity(c))));
    }
    for (int word = 0; ready() && word < SizeClasses.SLOT_BYTES / Long.BYTES; word++) {
      Memory.put(idle + (long) Long.BYTES * word, Rows.last(rows.none));
    }
  }

  boolean ready() {
    return base != 0 && rows.none != 0 && idle != 0;
  }

  /** Returns the slot of no thread, whose magazines are all both empty and full. */
  public long idle() {
    return idle;
  }

  Backend backend() {
    return backend;
  }

  SizeClasses classes() {
    return classes;
  }

  Rows rows() {
    return rows;
  }

  public Depot depot(int c) {
    return depots[c];
  }

  public Spares spares() {
    return spares;
  }

  /**
   * Reserves room for a spare block of the calling thread, if the thread has a cache and the budget
   * has room. Threads without a cache call this whenever they close an arena, so for them it takes
   * no lock.
   */
  public void claimSpare(long size) {
    ThreadCache cache = mine();
    if (cache != null && cache.spare() == 0 && budget.take(size)) {
      synchronized (this) {
        if (spares.claim(cache.thread())) {
          cache.spare(size);
        } else {
          budget.give(size);
        }
      }
    }
  }

  long threadMax() {
    return limits.thread();
  }

  /** Returns the most blocks that a row of the class holds. */
  public int capacity(int c) {
    return Math.clamp(ROW_BYTES / classes.size(c), 2, Rows.CAPACITY_MAX);
  }

  public long cost(int c, int capacity) {
    return Rows.SIZE + capacity * classes.size(c);
  }

  /** Returns the bytes that all rows may hold, with the rows themselves. */
  public long bytes() {
    return budget.taken();
  }

  /** Takes from the budget, after emptying depots if necessary. */
  boolean reserve(long cost) {
    while (!budget.take(cost)) {
      if (!emptyOne()) {
        return false;
      }
    }
    return true;
  }

  /** Returns an empty row, counted; 0 if the budget or the memory is used up. */
  long newRow(int c, int capacity) {
    long cost = cost(c, capacity);
    if (!reserve(cost)) {
      return 0;
    }
    long row = rows.take();
    if (row == 0) {
      budget.give(cost);
      return 0;
    }
    Rows.empty(row, capacity);
    return row;
  }

  /** Returns an empty row to the pool; the result is what the row counted for. */
  long release(int c, long row) {
    long cost = cost(c, Rows.capacity(row));
    rows.give(row);
    budget.give(cost);
    return cost;
  }

  /** Moves a full row to the depot, or frees its blocks; returns what the row counted for. */
  long toDepot(int c, long row) {
    long cost = cost(c, Rows.capacity(row));
    if (depots[c].push(row)) {
      sweepFromNowOn();
      return cost;
    }
    free(c, Rows.last(row));
    long surplus = depots[c].surplus();
    if (surplus != 0) {
      free(c, Rows.last(surplus));
    }
    return cost;
  }

  /**
   * Frees the blocks of a row and returns the row to the pool; returns what the row counted for.
   */
  long free(int c, long top) {
    for (long t = top; Memory.get(t) != 0; t -= Long.BYTES) {
      backend.deallocate(Memory.get(t), classes.size(c), 1);
    }
    return release(c, Rows.row(top));
  }

  /** Empties one row of the depots, in turn. The race on the turn is harmless. */
  private boolean emptyOne() {
    for (int i = 0; i < depots.length; i++) {
      int c = nextDepot;
      nextDepot = c + 1 >= depots.length ? 0 : c + 1;
      long row = depots[c].drain();
      if (row != 0) {
        free(c, Rows.last(row));
        return true;
      }
    }
    return false;
  }

  /** Returns all blocks in depots to the allocator. */
  public void emptyDepots() {
    while (emptyOne()) {
      Thread.onSpinWait();
    }
  }

  /**
   * Returns the calling thread's cache, which is made at the first call; null if the thread can
   * have none.
   */
  public ThreadCache mine() {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      return null;
    }
    int first = (int) (thread.threadId() & SLOT_MASK);
    ThreadCache cache = bySlot[first];
    if (cache != null && cache.ownedBy(thread)) {
      return cache;
    }
    int second = (int) ((thread.threadId() >>> SLOT_BITS ^ ~thread.threadId()) & SLOT_MASK);
    ThreadCache other = bySlot[second];
    return other != null && other.ownedBy(thread) ? other : claim(thread, first, second);
  }

  /**
   * Takes the first of two slots that is free or belongs to an ended thread; returns null if
   * neither does.
   */
  public synchronized ThreadCache claim(Thread thread, int first, int second) {
    for (int slot : new int[] {first, second}) {
      ThreadCache there = bySlot[slot];
      if (there == null || there.orphaned()) {
        ThreadCache ended = there == null ? orphan() : there;
        ThreadCache cache = register(thread, base + ((long) slot << SLOT_BYTES_BITS), ended);
        bySlot[slot] = cache;
        return cache;
      }
    }
    return null;
  }

  /** Makes a cache outside the table, for a handle; null if the system has no memory. */
  public synchronized ThreadCache open(Thread owner) {
    long slot = rows.take();
    return slot == 0 ? null : register(owner, slot, orphan());
  }

  /** Ends a cache made by {@link #open}. */
  public synchronized void close(ThreadCache cache) {
    if (all.contains(cache)) {
      retire(cache);
    }
  }

  /**
   * Returns the cache of an ended thread, if there is one among the next few. Otherwise a program
   * that starts threads all the time would keep the caches of all that ended since the last sweep,
   * and each new thread would begin with calls into C.
   */
  private ThreadCache orphan() {
    for (int i = Math.min(LOOKS, all.size()); i > 0; i--) {
      looked = looked + 1 >= all.size() ? 0 : looked + 1;
      if (all.get(looked).orphaned()) {
        return all.get(looked);
      }
    }
    return null;
  }

  /** Makes a thread's cache, which gets the blocks of an ended thread's, if that is not null. */
  private ThreadCache register(Thread thread, long slot, ThreadCache ended) {
    ThreadCache cache = new ThreadCache(this, thread, slot, ended);
    if (ended != null) {
      remove(ended);
    }
    cache.open();
    all.add(cache);
    if (all.size() > 1) {
      sweepFromNowOn();
    }
    return cache;
  }

  /** Starts the sweeper, because a depot has a row or a second thread has a cache. */
  private void sweepFromNowOn() {
    if (!sweeping) {
      startSweeper();
    }
  }

  private synchronized void startSweeper() {
    if (!sweeping) {
      sweeping = true;
      Sweeper.start(this);
    }
  }

  /**
   * Makes the next allocation of one thread, of each thread in turn, miss the fast path. It holds
   * the lock, so that the slot is not returned or given to another thread meanwhile.
   */
  public synchronized void callNext() {
    for (int i = 0; i < all.size(); i++) {
      turn = turn + 1 >= all.size() ? 0 : turn + 1;
      if (all.get(turn).call()) {
        return;
      }
    }
  }

  private void retire(ThreadCache cache) {
    cache.drain();
    remove(cache);
  }

  /** Removes a cache whose blocks have been freed, or have gone to another. */
  private void remove(ThreadCache cache) {
    if (cache.spare() != 0) {
      spares.release(cache.thread());
      budget.give(cache.spare());
    }
    all.remove(cache);
    Memory.put(cache.slot, 0);
    long index = (cache.slot - base) >> SLOT_BYTES_BITS;
    if (index >= 0 && index <= SLOT_MASK) {
      bySlot[(int) index] = null;
    } else {
      rows.give(cache.slot);
    }
  }

  /** Returns the caches of ended threads, and half of what depots did not need since last time. */
  @Override
  public void sweep() {
    synchronized (this) {
      for (ThreadCache cache : List.copyOf(all)) {
        if (cache.orphaned()) {
          retire(cache);
        }
      }
    }
    for (int c = 0; c < depots.length; c++) {
      for (int n = (depots[c].idle() + 1) / 2; n > 0; n--) {
        long row = depots[c].drain();
        if (row != 0) {
          free(c, Rows.last(row));
        }
      }
    }
  }

  /** Returns how many threads and handles have a cache. */
  public synchronized int owners() {
    return all.size();
  }
}
