package org.onemalloc.internal.cache;

import static org.onemalloc.internal.system.Memory.get;
import static org.onemalloc.internal.system.Memory.put;

import org.onemalloc.Allocator;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.bind.DirectHeap;
import org.onemalloc.internal.bind.SizeClasses;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Arguments;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/**
 * The heap with thread caches: what {@code Heap} calls.
 *
 * @param direct the same heap without caches, for everything they do not serve
 * @param base the address of the table of slots
 * @param reach the bits that an address of a slot, or in a row, can have
 * @param min the smallest size cached
 * @param span the number of sizes from {@code min} on that have natural classes; 0 if caches are
 *     off
 */
public record CachedHeap(
    DirectHeap direct,
    SizeClasses classes,
    Caches caches,
    long base,
    long reach,
    long min,
    long span)
    implements Allocator {

  /*
   * The memory of the fast path, with the names of the code:
   *
   *   the table of slots            a slot, one thread's           a row, one magazine
   *   (one native mapping)          (SLOT_BYTES, 128 words)        (Rows.SIZE, aligned to it)
   *
   *   base  +--------+              +--------------------+         +--------------------+ row
   *         | slot 0 |     slotOf   | word 0: the id of  |         | word 0: capacity,  |
   *         +--------+     (id) --> |   the owner        |         |   next row in list |
   *         | slot 1 |              +--------------------+         +--------------------+
   *         +--------+     wordOf   | word 1: top of     |         |                    |
   *         |  ...   |     (slot,   |   class 0          |         +--------------------+
   *         +--------+     size)    +--------------------+         | 0: the empty mark  | bottom
   *         |  ...   |        \     | word 2: top of     |         +--------------------+
   *         +--------+         \    |   class 1          |         | address of a block | --> block
   *                             \   +--------------------+         +--------------------+
   *                              -> | word c + 1: top of | --top-> | address of a block | --> block
   *                                 |   class c          |         +--------------------+
   *                                 +--------------------+         |                    | last
   *                                 |  ...               |         +--------------------+
   *
   * A top is the address of the newest element. Allocation takes that element and moves the top one
   * word down; at the bottom it finds 0, and the magazine is empty. Deallocation moves the top one
   * word up and puts the block there; at the last word of the row, which the address alone tells,
   * the magazine is full. Both then take the slow path, in ThreadCache.
   *
   * Design. A pair of allocate and deallocate must cost less than one call into C, so the hit path
   * never leaves Java. The blocks are malloc's own (C's free takes them). It takes two loads to
   * reach the magazine, and one to reach the block.
   *
   * The owner is checked, not trusted: ids are never used twice, so a match proves ownership
   * without holding the Thread. A virtual thread has an id of its own and owns no slot, whatever
   * carrier it is on: it takes the backend's call (a thread-safe critical downcall), and nothing is
   * kept across its unmounting. A collision in the table costs the later thread the fast path, not
   * the cache (see Caches.mine).
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
   * The hit paths of allocate, deallocate and their variants, here and in ThreadHeap, are written
   * out: each is one screen, and each tests its own result once.
   *
   * Rejected, with the pair of 64 bytes measured at 1.14 ns here (constant size, static call):
   *   ThreadLocal to find the magazines 4.90; an object per thread from a table 2.87; ScopedValue
   *   needs a binding, which a plain static call does not have; magazines as long[] 1.77, with
   *   bounds checks and, on ZGC and Shenandoah, barriers; objects {n, array} per class 1.75; the
   *   free list threaded through the blocks 2.10, and worse on cold blocks because it touches them;
   *   a byte table from size to class 1.80; striped magazines for virtual threads 11.7, the
   *   downcall 8.3. Elements at different offsets in different rows, against competition for the
   *   same sets of the first cache: nothing gained in the window, 0.1 ns lost in the pair.
   *
   * What the JIT must do: inline allocate and deallocate into the caller (they are far below
   * FreqInlineSize, slow paths are methods of their own, and nothing is thrown here), and take
   * base, min, span and the numbers of classes for constants. It does for a record that is itself
   * in a static final field; it would not for the fields of an ordinary class. So this is a record.
   */

  public static CachedHeap of(Bound bound, CacheLimits limits, Platform platform) {
    return of(bound.backend(), bound.classes(), bound.binding().allocator(), limits, platform);
  }

  public static CachedHeap of(
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

  /** Returns whether caches are on. */
  public boolean cached() {
    return span != 0;
  }

  /**
   * Returns the address of the slot of a thread id, which has the thread's magazines if it is the
   * owner.
   */
  private long slotOf(long id) {
    return base + ((id & Caches.SLOT_MASK) << Caches.SLOT_BYTES_BITS);
  }

  /** Returns whether the size has a natural class whose blocks all have the alignment. */
  public boolean hot(long size, long alignment) {
    return Long.compareUnsigned(size - min, span) < 0
        && Long.compareUnsigned(alignment - 1, Backend.MALLOC_ALIGNMENT) < 0
        && (alignment & (alignment - 1)) == 0;
  }

  @Override
  public long allocate(long size, long alignment) {
    if (hot(size, alignment)) {
      long id = Thread.currentThread().threadId();
      long slot = slotOf(id);
      if (get(slot) == id) {
        long word = slot + classes.wordOf(size);
        long top = get(word);
        long address = get(top & reach);
        if (address != 0) {
          put(word, top - Long.BYTES);
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
      long slot = slotOf(id);
      if (get(slot) == id) {
        long word = slot + classes.wordOf(size);
        long top = get(word);
        if (!Rows.full(top)) {
          put((top & reach) + Long.BYTES, address);
          put(word, top + Long.BYTES);
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
  public long allocateClass(int c) {
    long id = Thread.currentThread().threadId();
    long slot = slotOf(id);
    if (get(slot) == id) {
      long word = slot + SizeClasses.wordOfClass(c);
      long top = get(word);
      long address = get(top & reach);
      if (address != 0) {
        put(word, top - Long.BYTES);
        return address;
      }
    }
    return slowAllocate(classes.size(c), 1);
  }

  /** Frees a block that is known to be as large as a class, and aligned as malloc's are. */
  public void deallocateClass(long address, int c) {
    long id = Thread.currentThread().threadId();
    long slot = slotOf(id);
    if (get(slot) == id && address >= Guarded.LIMIT) {
      long word = slot + SizeClasses.wordOfClass(c);
      long top = get(word);
      if (!Rows.full(top)) {
        put((top & reach) + Long.BYTES, address);
        put(word, top + Long.BYTES);
        return;
      }
    }
    slowDeallocate(address, classes.size(c), 1);
  }

  private long slowAllocate(long size, long alignment) {
    int c = classes.cacheClassOf(size, alignment);
    ThreadCache mine = c < 0 ? null : caches.mine();
    if (Guarded.ON) {
      long guarded = Guarded.guard(mine != null && mine.answer(), size, alignment);
      if (guarded != 0) {
        return guarded;
      }
    }
    return mine == null ? direct.allocate(size, alignment) : allocate(mine, c, size, alignment);
  }

  /** Allocates from a cache; if memory is exhausted, from what the caches still hold. */
  public long allocate(ThreadCache cache, int c, long size, long alignment) {
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
    int c = cacheClassOf(address, size, alignment);
    ThreadCache mine = c < 0 ? null : caches.mine();
    if (mine == null) {
      direct.deallocate(address, size, alignment);
    } else {
      mine.deallocate(c, address);
    }
  }

  /** Returns the class that a block is cached in when it is freed, -1 if it is not cached. */
  public int cacheClassOf(long address, long size, long alignment) {
    int c = address == 0 ? -1 : classes.cacheClassOf(size, alignment);
    return c < 0 || classes.fits(address, size) ? c : -1;
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    if (classes.cacheClassOf(size, alignment) < 0) {
      long guarded = Guarded.ON ? Guarded.guard(false, size, alignment) : 0;
      return guarded != 0 ? guarded : direct.allocateZeroed(size, alignment);
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
    int from = cacheClassOf(address, oldSize, alignment);
    int to = classes.cacheClassOf(newSize, alignment);
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

  /** Returns the size of the class for a cached size, which is allocated as a whole class. */
  public long goodSize(long size) {
    Arguments.check(size, 1);
    int c = classes.cacheClassOf(size, 1);
    return c >= 0
        ? classes.size(c)
        : size == 0 ? 0 : Math.max(size, direct.backend().goodSize(size));
  }
}
