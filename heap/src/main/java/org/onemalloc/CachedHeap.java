package org.onemalloc;

import static org.onemalloc.Memory.get;
import static org.onemalloc.Memory.put;

/**
 * The heap with thread caches: what {@link Heap} calls.
 *
 * @param direct the same heap without caches, for everything they do not serve
 * @param base the address of the table of slots
 * @param reach the bits that an address of a slot, or in a row, can have
 * @param min the smallest size cached
 * @param span how many sizes from there on have natural classes; 0 if caches are off
 */
record CachedHeap(
    DirectHeap direct,
    SizeClasses classes,
    Caches caches,
    long base,
    long reach,
    long min,
    long span)
    implements Allocator {

  /*
   * Design. A pair of allocate and deallocate must cost less than one call into C, so the hit path
   * never leaves Java: a magazine is a native row of addresses of real malloc blocks (C's free takes
   * them), a slot of 1 KB in one native table holds the tops of a thread's magazines, and the slot
   * is found by thread id: two loads to reach the magazine, one to reach the block.
   *
   * The owner is checked, not trusted: word 0 of the slot is the id of the thread it belongs to.
   * Ids are never used twice, so a match proves ownership without holding the Thread. A virtual
   * thread has an id of its own and owns no slot, whatever carrier it is on: it takes the backend's
   * call (a thread-safe critical downcall), and nothing is kept across its unmounting. A collision
   * in the table costs the later thread the fast path, not the cache (see Caches.mine).
   *
   * Sized frees need no look-up: the class is arithmetic on the size, which the JIT folds to an
   * offset when the size is a constant. SizeClasses says why a block of C's is safe in a magazine.
   *
   * Tops and slots are masked with reach before they are used as addresses, so that the JIT knows
   * that they are in bounds and drops the checks of the segment (the compare needs a constant of 8
   * bytes, a register, and a jump); where the system gives low memory, base is a displacement in
   * the addressing mode and needs no register either. The window's loop then no longer spills. What
   * is written back is the top as it was loaded, not masked: from the store to the next load of a
   * top is the critical path of a pair, and a load that is part of an "and" is not forwarded as
   * fast as a plain one (Zen 4: 2.8 ns a pair instead of 1.3).
   *
   * Rejected, with the pair of 64 bytes measured at 1.14 ns here (constant size, static call):
   *   ThreadLocal to find the magazines 4.90; an object per thread from a table 2.87; ScopedValue
   *   needs a binding, which a plain static call has not; magazines as long[] 1.77, with bounds
   *   checks and, on ZGC and Shenandoah, barriers; objects {n, array} per class 1.75; the free list
   *   threaded through the blocks 2.10, and worse on cold blocks because it touches them; a byte
   *   table from size to class 1.80; striped magazines for virtual threads 11.7, the downcall 8.3.
   *   Elements at different offsets in different rows, against competition for the same sets of the
   *   first cache: nothing gained in the window, 0.1 ns lost in the pair.
   *
   * What the JIT must do: inline allocate and deallocate into the caller (they are far below
   * FreqInlineSize, slow paths are methods of their own, and nothing is thrown here), and take base,
   * min, span and the numbers of classes for constants. It does for a record that is itself in a
   * static final field; it would not for the fields of an ordinary class. So this is a record.
   */

  static CachedHeap of(Bound bound, CacheLimits limits, Platform platform) {
    return of(bound.backend(), bound.classes(), bound.binding().allocator(), limits, platform);
  }

  static CachedHeap of(
      Backend backend, SizeClasses natural, String name, CacheLimits limits, Platform platform) {
    DirectHeap direct = new DirectHeap(backend, name);
    SizeClasses classes = limits.off() ? SizeClasses.NONE : natural;
    if (classes.max() != 0) {
      Caches caches = new Caches(backend, classes, limits, platform);
      if (caches.ready()) {
        long span = classes.exact() - classes.min() + 1;
        return new CachedHeap(
            direct, classes, caches, caches.base, caches.reach, classes.min(), span);
      }
    }
    return new CachedHeap(direct, SizeClasses.NONE, null, 0, 0, 1, 0);
  }

  /** Whether caches are on. */
  boolean cached() {
    return span != 0;
  }

  /** Whether the size has a natural class, and the alignment is one that all its blocks have. */
  boolean hot(long size, long alignment) {
    return Long.compareUnsigned(size - min, span) < 0
        && Long.compareUnsigned(alignment - 1, Backend.MALLOC_ALIGNMENT) < 0
        && (alignment & (alignment - 1)) == 0;
  }

  @Override
  public long allocate(long size, long alignment) {
    if (hot(size, alignment)) {
      long id = Thread.currentThread().threadId();
      long slot = base + ((id & Caches.SLOT_MASK) << 10);
      if (get(slot) == id) {
        long top = slot + classes.word(size);
        long t = get(top);
        long address = get(t & reach);
        if (address != 0) {
          put(top, t - 8);
          return address;
        }
      }
    }
    return slowAllocate(size, alignment);
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    if (hot(size, alignment) && address >= Guarded.LIMIT) {
      long id = Thread.currentThread().threadId();
      long slot = base + ((id & Caches.SLOT_MASK) << 10);
      if (get(slot) == id) {
        long top = slot + classes.word(size);
        long t = get(top);
        if (!Rows.full(t)) {
          put((t & reach) + 8, address);
          put(top, t + 8);
          return;
        }
      }
    }
    slowDeallocate(address, size, alignment);
  }

  /**
   * Allocates a block of a class by its number, a constant: {@link #allocate} of the class's size,
   * natural or not, for a caller that frees it by {@link #deallocateClass}. Only with caches on.
   */
  long allocateClass(int c) {
    long id = Thread.currentThread().threadId();
    long slot = base + ((id & Caches.SLOT_MASK) << 10);
    if (get(slot) == id) {
      long top = slot + 8 + 8L * c;
      long t = get(top);
      long address = get(t & reach);
      if (address != 0) {
        put(top, t - 8);
        return address;
      }
    }
    return slowAllocate(classes.size(c), 1);
  }

  /** Frees a block that is known to be as large as a class, and aligned as malloc's are. */
  void deallocateClass(long address, int c) {
    long id = Thread.currentThread().threadId();
    long slot = base + ((id & Caches.SLOT_MASK) << 10);
    if (get(slot) == id && address >= Guarded.LIMIT) {
      long top = slot + 8 + 8L * c;
      long t = get(top);
      if (!Rows.full(t)) {
        put((t & reach) + 8, address);
        put(top, t + 8);
        return;
      }
    }
    slowDeallocate(address, classes.size(c), 1);
  }

  private long slowAllocate(long size, long alignment) {
    int c = classes.of(size, alignment);
    ThreadCache mine = c < 0 ? null : caches.mine();
    if (Guarded.ON) {
      long sampled = Guarded.sample(caches, mine, size, alignment);
      if (sampled != 0) {
        return sampled;
      }
    }
    return mine == null ? direct.allocate(size, alignment) : allocate(mine, c, size, alignment);
  }

  /** Allocates out of a cache; where memory has run out, with what the caches still hold. */
  long allocate(ThreadCache cache, int c, long size, long alignment) {
    long address = cache.allocate(c);
    if (address != 0) {
      return address;
    }
    cache.drain();
    caches.emptyDepots();
    return direct.allocate(size, alignment);
  }

  private void slowDeallocate(long address, long size, long alignment) {
    if (Guarded.holds(address, size)) {
      Guarded.deallocate(address, size, alignment);
      return;
    }
    int c = classOf(address, size, alignment);
    ThreadCache mine = c < 0 ? null : caches.mine();
    if (mine == null) {
      direct.deallocate(address, size, alignment);
    } else {
      mine.deallocate(c, address);
    }
  }

  /** Returns the class of a block that is there, -1 if it is not one to be cached. */
  int classOf(long address, long size, long alignment) {
    int c = address == 0 ? -1 : classes.of(size, alignment);
    return c < 0 || classes.fits(address, size) ? c : -1;
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    if (classes.of(size, alignment) < 0) {
      long sampled = Guarded.ON ? Guarded.sample(caches, null, size, alignment) : 0;
      return sampled != 0 ? sampled : direct.allocateZeroed(size, alignment);
    }
    long address = allocate(size, alignment);
    Memory.zero(address, size);
    return address;
  }

  /** Within a class nothing moves; between classes, a copy costs less than the call. */
  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    if (Guarded.holds(address, oldSize)) {
      return Guarded.reallocate(this, address, oldSize, newSize, alignment);
    }
    int from = classOf(address, oldSize, alignment);
    int to = classes.of(newSize, alignment);
    if (from < 0 || to < 0 || caches.mine() == null) {
      return direct.reallocate(address, oldSize, newSize, alignment);
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
    if (Guarded.holds(address, oldSize)) {
      Arguments.check(newSize, alignment);
      return Guarded.usableSize(address, oldSize, alignment);
    }
    return direct.resizeInPlace(address, oldSize, newSize, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return Guarded.holds(address, size)
        ? Guarded.usableSize(address, size, alignment)
        : direct.usableSize(address, size, alignment);
  }

  /** A cached size is asked for as its whole class. */
  long goodSize(long size) {
    Arguments.check(size, 1);
    int c = classes.of(size, 1);
    return c >= 0
        ? classes.size(c)
        : size == 0 ? 0 : Math.max(size, direct.backend().goodSize(size));
  }
}
