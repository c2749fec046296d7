package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.onemalloc.internal.system.Memory.get;
import static org.onemalloc.internal.system.Memory.put;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.cache.Spares;
import org.onemalloc.internal.checked.Checking;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Memory;

/**
 * An arena whose memory comes from {@link Heap}: a drop-in for {@link Arena#ofConfined()} and
 * {@link Arena#ofShared()} where many arenas are opened and closed.
 *
 * <p>Its scope is one of the JDK's. Use after close, use by another thread than the owner's, and
 * closing while a segment is in use by a downcall fail with the same exceptions as with the JDK's
 * arenas. New segments are zeroed as theirs are, unless {@link #uninitialized()} was called.
 *
 * <p>Segments are parts of blocks of 4 KB to 64 KB (larger segments have blocks of their own), the
 * first of which is allocated when the arena is opened. All of them are returned to the heap when
 * it is closed, and not before. So no segment may be passed to C's {@code free}. An arena that is
 * never closed keeps its memory, as the JDK's do.
 */
public abstract sealed class HeapArena extends FillingArena permits ConfinedArena, SharedArena {

  /*
   * Design. Bump allocation: the state is five numbers. Slow work is done in static methods on
   * numbers, and records are stored in the blocks themselves: an arena that does not leave its
   * method then never becomes an object (escape analysis gives up an object that is passed to a
   * call which is not inlined, whether that call is made or not; and a method of more than 325
   * bytes of code is not inlined, nor one whose own compiled code is large, so rare work must stay
   * out of block()). The first block is taken when the arena is opened: most arenas never need
   * another, and the JIT then compiles only the bump.
   *
   * A record describes a block: {previous record, address, size, alignment}. The first block has
   * none, the record of another bump block lies in that block, and the record of a large block in
   * the bump block then in use. Blocks are freed from the newest record to the oldest, so a record
   * is read before the block that it lies in is freed: everything in a block is newer than it.
   *
   * Addresses are multiples of 8 and ends of 16, so that for every alignment that malloc gives no
   * rounding leads beyond an end, and one compare serves for the room and for sizes that are 0,
   * negative or too large. Everything else is slow().
   *
   * Zeroing: a small segment near the beginning has its own bytes zeroed, by single stores, the
   * rest of which the JIT drops where the size is a constant, as that of a layout is. Later ones
   * find zeros: libc's memset runs ahead of the bump in steps of 256 bytes, a kilobyte and almost
   * two, because a call for a kilobyte costs little more than one for a few bytes, and from 2 KB on
   * glibc's memset begins with "rep stosb", whose start costs more than what it writes.
   *
   * What the JIT must do: inline opening, allocating, zeroing and closing into one method with the
   * caller's own accesses to segments. It builds about 700 nodes for each access to native memory,
   * ours too, and stops inlining after 18,000 (NodeCountInliningCutoff): then the close makes the
   * arena an object, and everything costs ten times as much. So this class saves nodes: the first
   * block is a spare (see Spares) and does not come from a magazine, and a segment of 8 bytes is
   * zeroed by one store.
   *
   * Segments are slices of one that spans all memory in this arena's scope. A slice costs less than
   * MemorySegment.ofAddress(a).reinterpret(n, arena, null), which asks for native access each time.
   *
   * Rejected: a list of blocks in a Java array (garbage, and the arena escapes); the JDK's own
   * cleanup actions, an object a block; one scope shared by all arenas of a thread (no temporal
   * safety); zeroing each segment by itself.
   */

  /** The size of the first two blocks, one that the thread caches serve. */
  static final long BLOCK =
      ProcessHeap.CACHED.cached() ? Math.min(4096, ProcessHeap.CACHED.classes().max() & -16) : 4096;

  static final long BLOCK_MAX = 64 * 1024;

  /** The class of the first block. */
  private static final int BLOCK_CLASS =
      ProcessHeap.CACHED.cached() ? ProcessHeap.CACHED.classes().classOf(BLOCK) : -1;

  private static final long BLOCK_SIZE =
      BLOCK_CLASS < 0 ? BLOCK : ProcessHeap.CACHED.classes().size(BLOCK_CLASS);

  /** Whether threads have spare blocks; they have none where every allocation must be seen. */
  private static final boolean SPARING = Front.PLAIN && !Guarded.ON && BLOCK_CLASS >= 0;

  private static final long[] SPARES =
      SPARING ? ProcessHeap.CACHED.caches().spares().words : new long[0];

  /** A size and alignment above this, in blocks, has a block of its own. */
  private static final long LARGE = BLOCK / 4;

  private static final long RECORD = 32;

  /** The most that is zeroed by single stores. */
  private static final long STORES = 64;

  /** log2 of how much has been used when memset begins, and of when it sets more at once. */
  private static final int AHEAD_BITS = 8;

  private static final int AHEAD_MORE_BITS = 10;

  private static final long AHEAD_MAX = 2048 - STORES;

  /** The bytes kept free at the end of a bump block, for stores past the end of a segment. */
  private static final long SPARE = STORES;

  /** The alignment of bump blocks. */
  private static final long ALIGNMENT = Backend.MALLOC_ALIGNMENT;

  private static final long SIZE_MAX = Long.MAX_VALUE / 2;

  /** The bits that a size in a bump block can have. */
  private static final long SMALL = 2 * BLOCK_MAX - 1;

  private final Arena scope;
  private final MemorySegment all;
  private boolean zeroed = true;

  private long first;
  private long next;
  private long clean;
  private long end;
  private long records;

  @SuppressWarnings("restricted")
  HeapArena(Arena scope) {
    this.all = Memory.ALL.reinterpret(Long.MAX_VALUE, scope, null);
    this.scope = scope;
    this.first = takeFirst();
    this.next = first;
    this.clean = first;
    this.end = first + BLOCK - SPARE;
  }

  /**
   * Opens an arena for the calling thread: only it may allocate from it, use its segments and close
   * it. Costs about as much as one small allocation to open and close.
   *
   * @return the arena
   * @throws HeapError if the heap cannot be bound
   */
  public static HeapArena ofConfined() {
    return new ConfinedArena();
  }

  /**
   * Opens an arena for all threads.
   *
   * <p>Closing one stops every thread of the process for a moment (a handshake, 20 to 50
   * microseconds): that is the price of the JDK's shared scope, whose close no thread can miss. For
   * short lifetimes, see {@link SharedArenas}.
   *
   * @return the arena
   * @throws HeapError if the heap cannot be bound
   */
  public static HeapArena ofShared() {
    return new SharedArena();
  }

  /**
   * Stops zeroing: the contents of segments allocated from now on are undefined.
   *
   * @return this arena
   */
  public final HeapArena uninitialized() {
    zeroed = false;
    return this;
  }

  /**
   * Allocates a segment of undefined contents and returns an allocator that cuts new segments out
   * of it, one after the other, without the checks and the zeroing of {@link #allocate(long,
   * long)}.
   *
   * @param size how many bytes to set aside, 0 or more
   * @return an allocator for one thread at a time, which throws {@link IndexOutOfBoundsException}
   *     when its bytes are used up
   * @throws IllegalArgumentException if {@code size} is negative
   * @throws IllegalStateException if this arena is closed
   * @throws WrongThreadException if this arena is another thread's
   * @throws OutOfMemoryError if the allocator has no such block
   * @see SegmentAllocator#slicingAllocator
   */
  public final SegmentAllocator slicing(long size) {
    return SegmentAllocator.slicingAllocator(raw(size, ALIGNMENT));
  }

  /**
   * Allocates a segment of undefined contents and returns an allocator each of whose segments is a
   * prefix of it: a new one takes the place of the one before.
   *
   * @param size how many bytes to set aside, 0 or more
   * @return an allocator for one thread at a time, which throws {@link IndexOutOfBoundsException}
   *     if asked for more than {@code size} bytes
   * @throws IllegalArgumentException if {@code size} is negative
   * @throws IllegalStateException if this arena is closed
   * @throws WrongThreadException if this arena is another thread's
   * @throws OutOfMemoryError if the allocator has no such block
   * @see SegmentAllocator#prefixAllocator
   */
  public final SegmentAllocator prefixing(long size) {
    return SegmentAllocator.prefixAllocator(raw(size, ALIGNMENT));
  }

  @Override
  public final MemorySegment.Scope scope() {
    return scope.scope();
  }

  private static long takeFirst() {
    if (SPARING) {
      long id = Thread.currentThread().threadId();
      int place = Spares.place(id);
      long block = SPARES[place] == id ? SPARES[place + 1] : 0;
      if (block != 0) {
        SPARES[place + 1] = 0;
        return block;
      }
      return ProcessHeap.CACHED.allocateClass(BLOCK_CLASS);
    }
    return Heap.allocate(BLOCK, ALIGNMENT);
  }

  private static void giveFirst(long address) {
    if (SPARING) {
      long id = Thread.currentThread().threadId();
      int place = Spares.place(id);
      if (SPARES[place] == id && SPARES[place + 1] == 0) {
        SPARES[place + 1] = address;
      } else {
        giveBack(address, SPARES[place] == 0);
      }
    } else {
      Heap.deallocate(address, BLOCK, ALIGNMENT);
    }
  }

  private static void giveBack(long address, boolean unclaimed) {
    if (unclaimed) {
      ProcessHeap.CACHED.caches().claimSpare(BLOCK_SIZE);
    }
    ProcessHeap.CACHED.deallocateClass(address, BLOCK_CLASS);
  }

  /** Allocates after the subclass has made sure that the caller may. */
  final MemorySegment segment(long size, long alignment, boolean zero) {
    if (!Checking.FULL
        && Long.compareUnsigned(alignment - 1, ALIGNMENT) < 0
        && (alignment & (alignment - 1)) == 0) {
      long address = alignment <= Long.BYTES ? next : (next + ALIGNMENT - 1) & -ALIGNMENT;
      if (Long.compareUnsigned(size - 1, end - address) < 0) {
        long after = (address + size + 7) & -8;
        next = after;
        if (zero) {
          zero(address, size, after);
        }
        // the mask tells the JIT that the size is not negative
        return all.asSlice(address, size & SMALL);
      }
    }
    return slow(size, alignment, zero);
  }

  private MemorySegment slow(long size, long alignment, boolean zero) {
    if (Long.compareUnsigned(size, SIZE_MAX) > 0
        || alignment <= 0
        || (alignment & (alignment - 1)) != 0) {
      return refuse(size, alignment);
    }
    return all.asSlice(
        Checking.FULL ? alone(size, alignment, zero) : block(size, alignment, zero), size);
  }

  /** Makes the JDK's arena throw what it throws for such a call. */
  final MemorySegment refuse(long size, long alignment) {
    scope.allocate(size, alignment);
    throw new AssertionError("The JDK accepted arguments that this arena refuses.");
  }

  final boolean zeroing() {
    return zeroed;
  }

  /** Ends the scope, which throws if that is not possible. */
  final void closeScope() {
    scope.close();
  }

  /** In the mode that checks every block, each segment is a block, so that its ends are checked. */
  private long alone(long size, long alignment, boolean zero) {
    alive();
    return large(Math.max(size, 1), alignment, zero);
  }

  private long block(long size, long alignment, boolean zero) {
    long least = Math.max(alignment, Long.BYTES);
    long address = (next + least - 1) & -least;
    long bytes = (Math.max(size, 1) + 7) & -8;
    if (bytes > end - address) {
      return more(size, alignment, zero);
    }
    long after = address + bytes;
    next = after;
    if (zero) {
      zero(address, size, after);
    }
    return address;
  }

  /** Zeroes at least the bytes between two addresses, unless they are zero already. */
  private void zero(long address, long size, long after) {
    if (after > clean) {
      clean =
          size <= STORES && (address - first) >>> AHEAD_BITS == 0
              ? stores(address, size)
              : ahead(Math.max(address, clean), after, first, end);
    }
  }

  /** Zeroes more than is needed: the more the arena has been used, the further ahead. */
  private static long ahead(long from, long to, long first, long end) {
    long used = from - first;
    long ahead =
        used >>> AHEAD_BITS == 0
            ? 1 << AHEAD_BITS
            : used >>> AHEAD_MORE_BITS == 0 ? 1 << AHEAD_MORE_BITS : AHEAD_MAX;
    long bytes = Math.max(to - from, Math.min(ahead, end - from));
    Memory.set(from, bytes);
    return from + bytes;
  }

  private static long stores(long a, long size) {
    MemorySegment there = Memory.ALL.asSlice(a, STORES);
    there.set(JAVA_LONG_UNALIGNED, 0, 0);
    if (size <= 8) {
      return a + 8;
    }
    there.set(JAVA_LONG_UNALIGNED, 8, 0);
    if (size <= 16) {
      return a + 16;
    }
    there.set(JAVA_LONG_UNALIGNED, 16, 0);
    there.set(JAVA_LONG_UNALIGNED, 24, 0);
    if (size <= 32) {
      return a + 32;
    }
    there.set(JAVA_LONG_UNALIGNED, 32, 0);
    there.set(JAVA_LONG_UNALIGNED, 40, 0);
    there.set(JAVA_LONG_UNALIGNED, 48, 0);
    there.set(JAVA_LONG_UNALIGNED, 56, 0);
    return a + 64;
  }

  /** Serves a segment that the bump block in use has no room for. */
  private long more(long size, long alignment, boolean zero) {
    alive();
    if (size + Math.max(alignment - ALIGNMENT, 0) > LARGE) {
      return large(size, alignment, zero);
    }
    start();
    return block(size, alignment, zero);
  }

  /** Starts another bump block. */
  private void start() {
    records = add(records);
    next = records + RECORD;
    clean = next;
    end = records + get(records + 16) - SPARE;
  }

  /** Starts another bump block; from the third on each is twice as large as the one before. */
  private static long add(long records) {
    long size =
        records == 0 ? BLOCK : Math.clamp(2 * get(records + 16), 2 * BLOCK, BLOCK_MAX) & -ALIGNMENT;
    long address = Heap.allocate(size, ALIGNMENT);
    record(address, records, address, size, ALIGNMENT);
    return address;
  }

  private static void record(long at, long before, long address, long size, long alignment) {
    put(at, before);
    put(at + 8, address);
    put(at + 16, size);
    put(at + 24, alignment);
  }

  private long large(long size, long alignment, boolean zero) {
    if (RECORD > end - next) {
      start();
    }
    long at = next;
    next += RECORD;
    clean = Math.max(clean, next);
    long address = zero ? Heap.allocateZeroed(size, alignment) : Heap.allocate(size, alignment);
    record(at, records, address, size, alignment);
    records = at;
    return address;
  }

  /** Small enough to be inlined wherever it is called. */
  private void alive() {
    if (!scope.scope().isAlive()) {
      refuse(0, 1);
    }
  }

  /** Returns every block to the heap, once. */
  final void release() {
    long last = records;
    long oldest = first;
    next = 0;
    clean = 0;
    end = 0;
    records = 0;
    first = 0;
    release(last, oldest);
  }

  private static void release(long last, long oldest) {
    if (last != 0) {
      release(last);
    }
    if (oldest != 0) {
      giveFirst(oldest);
    }
  }

  private static void release(long records) {
    for (long r = records; r != 0; ) {
      long before = get(r);
      Heap.deallocate(get(r + 8), get(r + 16), get(r + 24));
      r = before;
    }
  }
}
