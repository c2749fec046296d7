package org.onemalloc.internal.checked;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.onemalloc.Allocator;
import org.onemalloc.Finding;
import org.onemalloc.Leak;
import org.onemalloc.internal.system.Arguments;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/**
 * Guarded blocks: the mode {@code sampled}.
 *
 * <p>Design. They must not make other blocks slower. So they are placed below {@link #LIMIT}, at
 * addresses lower than any of malloc's: the test of a freed address against null, which the fast
 * path makes in any case, becomes a test against a constant, and every path that takes an address
 * leads here for a guarded block. Allocations are not counted either: once per period a {@link
 * GuardTimer} requests that the next allocation that leaves the fast path be guarded. To reach
 * allocations that never leave it, the timer overwrites the owner's word of a thread's slot, so
 * that the thread's next allocation misses once. That is an option, because of the JIT: as long as
 * the slow path of allocate is never taken, a pair in a loop compiles to 0.9 ns, and to 2.1 once it
 * has been taken, however rarely; the call between allocate and free keeps C2 from fusing them.
 *
 * <p>Rejected: a counter in the fast path (a load and a store more, 0.4 ns of 1.3); malloc's own
 * blocks, page-aligned and with their last page protected, which C's free accepts (then another
 * block has a protected page).
 */
public final class Guarded {
  /** Larger blocks are not guarded, in bytes. */
  static final long SIZE_MAX = 128 * 1024;

  private static final GuardedRegion REGION =
      Checking.SAMPLED ? GuardedRegion.low(Platform.here()) : null;

  /** Whether blocks are guarded. */
  public static final boolean ON = REGION != null;

  /**
   * Blocks at addresses below this are guarded ones; 1 when off, so that only null is below. If the
   * addresses cannot be reserved, another copy of the library may have them, and its blocks lead
   * here too.
   */
  public static final long LIMIT = Checking.SAMPLED ? GuardedRegion.HIGH : 1;

  private static final AtomicBoolean DUE = new AtomicBoolean();
  private static final AtomicBoolean STARTED = new AtomicBoolean();

  private Guarded() {}

  /** Returns whether this is a guarded block; a block of size 0 has a small address too. */
  public static boolean holds(long address, long size) {
    return Checking.SAMPLED && address < LIMIT && address >= GuardedRegion.LOW && size != 0;
  }

  /** Makes the next allocation that leaves the fast path a guarded one, on any thread. */
  static void due() {
    DUE.setOpaque(true);
  }

  /**
   * Starts guarding blocks, once: threads of the first heap of the process are called.
   *
   * @param callNext makes the next allocation of one thread miss the fast path; null without caches
   */
  public static void start(Runnable callNext) {
    if (STARTED.compareAndSet(false, true)) {
      GuardTimer.start(() -> Copies.join(new Region()), Guarded::due, callNext);
      ExitReport.install(Guarded::verify, Guarded::leaks);
    }
  }

  /**
   * Serves an allocation that missed the fast path, if a guarded block is due.
   *
   * @param called whether the calling thread was called, see {@link #start}
   * @return the guarded block, or 0
   */
  public static long guard(boolean called, long size, long alignment) {
    if (!called && !(DUE.getPlain() && DUE.compareAndSet(true, false))) {
      return 0;
    }
    return size > 0 && size <= SIZE_MAX && Arguments.legal(size, alignment)
        ? REGION.allocate(size, alignment)
        : 0;
  }

  public static void deallocate(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    if (ON) {
      Findings.report(REGION.deallocate(address, size, alignment));
    } else {
      freeOther(address, size);
    }
  }

  private static void freeOther(long address, long size) {
    if (Copies.release(address, size, "freed")) {
      Findings.report(CBlocks.finding(address, size, "freed", "there is no such block"));
    }
  }

  /** Records the tag of a block that was just allocated, if it is a guarded one. */
  public static void tag(long address, long size, String tag) {
    if (ON && holds(address, size)) {
      REGION.tag(address, tag);
    }
  }

  /** Frees a guarded block as C's free would. */
  public static void free(long address) {
    if (ON) {
      Findings.report(REGION.deallocate(address));
    } else {
      freeOther(address, 0);
    }
  }

  /** Moves a guarded block to another heap; if that has no room, the block is untouched. */
  public static long reallocate(
      Allocator to, long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    long known = sizeOf(address);
    if (known < 0) {
      deallocate(address, oldSize, alignment); // which reports why
      return to.allocate(newSize, alignment);
    }
    long moved = to.allocate(newSize, alignment);
    Memory.copy(address, moved, Math.min(known, newSize));
    deallocate(address, oldSize, alignment);
    return moved;
  }

  public static long usableSize(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    long known = sizeOf(address);
    return known < 0 ? size : known;
  }

  private static long sizeOf(long address) {
    return ON ? REGION.size(address) : Copies.size(address);
  }

  /** The guarded blocks, for other copies of the library. */
  private static final class Region implements Copies.Copy {
    @Override
    public long size(long address) {
      return knows(address) ? REGION.size(address) : -1;
    }

    @Override
    public boolean knows(long address) {
      return address >= REGION.base() && address < REGION.limit();
    }

    @Override
    public boolean release(long address) {
      Findings.report(REGION.deallocate(address));
      return false;
    }
  }

  public static List<Finding> verify() {
    return REGION.verify();
  }

  /** Returns the live guarded blocks, summed by what allocated them. */
  public static List<Leak> leaks() {
    Leaks leaks = new Leaks();
    REGION.addTo(leaks);
    return leaks.sorted();
  }
}
