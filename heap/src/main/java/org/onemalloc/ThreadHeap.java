package org.onemalloc;

import static org.onemalloc.internal.system.Memory.get;
import static org.onemalloc.internal.system.Memory.put;

import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.cache.Rows;
import org.onemalloc.internal.cache.ThreadCache;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Memory;

/**
 * The heap of this process for one thread: {@link Heap} without the search for the thread's cache,
 * for the hottest loops and for event loops.
 *
 * <p>It belongs to the thread that opened it, platform or virtual, and only that thread may use or
 * close it. Only the slow paths notice that another thread uses it, and throw {@link
 * WrongThreadException}; the fast path does not check, and two threads in it damage the heap.
 * Blocks belong to the heap, not to the handle: they may be freed anywhere, and outlive it.
 *
 * <p>On a platform thread the handle shares the thread's cache with {@link Heap}, and costs nothing
 * to open and close. A virtual thread has no cache except that of its handle, which closing
 * returns; left open, it is returned after the virtual thread has ended. Keep a handle in a local
 * variable in loops; only then is it faster than the static calls.
 */
public final class ThreadHeap implements Allocator, AutoCloseable {
  // static, so that the numbers of the size classes are constants in the compiled fast path
  private static final CachedHeap HEAP = ProcessHeap.CACHED;

  private final Thread owner;
  private final ThreadCache cache;
  private final boolean own;
  private boolean closed;

  // all that the fast path needs, in a field of its own; once closed, or without a cache, it is the
  // idle slot, whose magazines are both empty and full
  private long slot;
  private final long idle;

  private ThreadHeap(Thread owner) {
    this.owner = owner;
    this.own = HEAP.cached() && owner.isVirtual();
    this.cache = !HEAP.cached() ? null : own ? HEAP.caches().open(owner) : HEAP.caches().mine();
    this.idle = HEAP.cached() ? HEAP.caches().idle() : 0;
    this.slot = cache == null ? idle : cache.slot;
  }

  /**
   * Opens a handle for the calling thread.
   *
   * @return the handle
   * @throws HeapError if the heap cannot be bound
   */
  public static ThreadHeap open() {
    return new ThreadHeap(Thread.currentThread());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if this handle is closed
   * @throws WrongThreadException if it detects that another thread than the owner calls it
   */
  @Override
  public long allocate(long size, long alignment) {
    if (!Front.PLAIN) {
      check();
      return Front.FRONT.allocate(size, alignment);
    }
    if (HEAP.hot(size, alignment)) {
      long word = (slot & HEAP.reach()) + HEAP.classes().wordOf(size);
      long top = get(word);
      long address = get(top & HEAP.reach());
      if (address != 0) {
        put(word, top - Long.BYTES);
        return address;
      }
    }
    return slowAllocate(size, alignment);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if this handle is closed
   * @throws WrongThreadException if it detects that another thread than the owner calls it
   */
  @Override
  public void deallocate(long address, long size, long alignment) {
    if (!Front.PLAIN) {
      check();
      Front.FRONT.deallocate(address, size, alignment);
      return;
    }
    if (HEAP.hot(size, alignment) && address >= Guarded.LIMIT) {
      long word = (slot & HEAP.reach()) + HEAP.classes().wordOf(size);
      long top = get(word);
      if (!Rows.full(top)) {
        put((top & HEAP.reach()) + Long.BYTES, address);
        put(word, top + Long.BYTES);
        return;
      }
    }
    slowDeallocate(address, size, alignment);
  }

  private void check() {
    if (Thread.currentThread() != owner) {
      throw new WrongThreadException("This handle belongs to " + owner + ".");
    }
    if (closed) {
      throw new IllegalStateException("This handle is closed.");
    }
  }

  private long slowAllocate(long size, long alignment) {
    check();
    int c = HEAP.classes().cacheClassOf(size, alignment);
    if (Guarded.ON) {
      boolean called = c >= 0 && cache != null && cache.answer();
      long guarded = Guarded.guard(called, size, alignment);
      if (guarded != 0) {
        return guarded;
      }
    }
    return c < 0 || cache == null
        ? HEAP.direct().allocate(size, alignment)
        : HEAP.allocate(cache, c, size, alignment);
  }

  private void slowDeallocate(long address, long size, long alignment) {
    check();
    if (Guarded.holds(address, size)) {
      Guarded.deallocate(address, size, alignment);
      return;
    }
    int c = HEAP.cacheClassOf(address, size, alignment);
    if (c < 0 || cache == null) {
      HEAP.direct().deallocate(address, size, alignment);
    } else {
      cache.deallocate(c, address);
    }
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    if (!Front.PLAIN) {
      check();
      return Front.FRONT.allocateZeroed(size, alignment);
    }
    if (HEAP.classes().cacheClassOf(size, alignment) < 0) {
      check();
      return HEAP.allocateZeroed(size, alignment);
    }
    long address = allocate(size, alignment);
    Memory.zero(address, size);
    return address;
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    if (!Front.PLAIN) {
      check();
      return Front.FRONT.reallocate(address, oldSize, newSize, alignment);
    }
    check();
    if (Guarded.holds(address, oldSize)) {
      return Guarded.reallocate(this, address, oldSize, newSize, alignment);
    }
    int from = HEAP.cacheClassOf(address, oldSize, alignment);
    int to = HEAP.classes().cacheClassOf(newSize, alignment);
    if (from < 0 || to < 0) {
      return HEAP.direct().reallocate(address, oldSize, newSize, alignment);
    }
    if (from == to) {
      return address;
    }
    long moved = allocate(newSize, alignment);
    Memory.copy(address, moved, Math.min(oldSize, newSize));
    deallocate(address, oldSize, alignment);
    return moved;
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    check();
    return Heap.resizeInPlace(address, oldSize, newSize, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    check();
    return Heap.usableSize(address, size, alignment);
  }

  /**
   * Closes this handle; closing it again does nothing.
   *
   * @throws WrongThreadException if called by another thread than the owner
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    check();
    closed = true;
    slot = idle;
    if (own && cache != null) {
      HEAP.caches().close(cache);
    }
  }
}
