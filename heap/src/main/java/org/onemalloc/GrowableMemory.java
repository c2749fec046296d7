package org.onemalloc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.checked.Checking;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Arguments;
import org.onemalloc.internal.system.KeptMappings;
import org.onemalloc.internal.system.Mappings;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/**
 * Native memory that grows and shrinks, for buffers whose final size is not known.
 *
 * <p>Up to 2 MB it is a block of {@link Heap}. A larger one on Linux is a mapping of its own with
 * huge pages, where the system has them, and growing it moves page tables instead of bytes, or uses
 * the kept mapping that follows it: closed mappings are kept for up to two seconds, see {@code
 * onemalloc.cache.mapped} in {@link Heap}. Up to 2 MB more than requested are then resident.
 * Without huge pages it has small pages; on other systems, and wherever the system refuses a
 * mapping, it is a block of the heap at every size.
 *
 * <p>The memory belongs to this object: it must not be freed through its address. {@link #detach}
 * turns it into a block of the heap, which may be freed so. An object that is never closed keeps
 * its memory.
 *
 * <p>One thread at a time may use an object of this class; {@link #segment()} is for the thread
 * that calls it.
 */
public final class GrowableMemory implements AutoCloseable {
  /** The alignment of the memory in bytes. */
  public static final long ALIGNMENT = Backend.MALLOC_ALIGNMENT;

  /*
   * Design. The mapped size determines the kind of memory: 0 means a block of the heap. A
   * mapping is rounded up to whole huge pages, because an incomplete huge page would be made of
   * small pages with a page fault each: growing by half each time would spend most time on those.
   * It becomes a block again at half the size at which it became a mapping, so that a size that
   * oscillates does not cause a copy each time.
   *
   * Rejected: a mapping reserved four times too large (as fast, but counts against limits of the
   * address space, and under strict overcommit against memory); in-place growth by xallocx
   * (succeeds in a third of the steps, and the page faults remain).
   */

  /** The smallest size for which a mapping is used. */
  static final long MAP_MIN = Mappings.HUGE;

  private static final long SIZE_MAX = Long.MAX_VALUE / 2;

  private final Allocator heap;
  private final Mappings mappings;
  private long address;
  private long size;
  private long mapped;
  private boolean closed;
  private Arena view;

  GrowableMemory(long size, Allocator heap, Mappings mappings) {
    this.heap = heap;
    this.mappings = mappings;
    check(size);
    if (!map(size)) {
      this.address = heap.allocate(size, ALIGNMENT);
    }
    this.size = size;
  }

  private static final class Here {
    private static final Mappings SYSTEM =
        ProcessHeap.BOUND.binding().sharedWithC() ? Mappings.here(Platform.here()) : null;

    /** None if blocks are checked: a write through a stale address must fault. */
    private static final long KEPT_MAX = Checking.ON ? 0 : CacheLimits.mapped();

    private static final KeptMappings KEPT =
        SYSTEM == null || KEPT_MAX == 0 ? null : new KeptMappings(SYSTEM, KEPT_MAX);

    private static final Mappings MAPPINGS = KEPT == null ? SYSTEM : KEPT;
  }

  /** Returns how many bytes of mappings are kept for reuse. */
  static long kept() {
    return Here.KEPT == null ? 0 : Here.KEPT.bytes();
  }

  /** Returns kept mappings to the system. */
  static void purge() {
    if (Here.KEPT != null) {
      Here.KEPT.drain();
    }
  }

  /**
   * Allocates memory of undefined contents.
   *
   * @param size the size in bytes, 0 or more
   * @return the memory, aligned to {@link #ALIGNMENT}
   * @throws IllegalArgumentException if {@code size} is negative
   * @throws OutOfMemoryError if the memory cannot be allocated
   * @throws HeapError if the heap cannot be bound
   */
  public static GrowableMemory allocate(long size) {
    return new GrowableMemory(size, Front.FRONT, Here.MAPPINGS);
  }

  /**
   * Returns the address now; {@link #resize} may change it.
   *
   * @return the address, never 0
   * @throws IllegalStateException if this memory is closed or detached
   */
  public long address() {
    open();
    return address;
  }

  /**
   * Returns the size now.
   *
   * @return the size in bytes
   */
  public long size() {
    return size;
  }

  /**
   * Returns the memory as a segment, which is alive until the next {@link #resize}, {@link #detach}
   * or {@link #close}, and can be accessed by the calling thread only.
   *
   * @return a segment of {@link #size()} bytes
   * @throws IllegalStateException if this memory is closed or detached
   */
  @SuppressWarnings({"restricted", "MustBeClosedChecker"})
  public MemorySegment segment() {
    open();
    if (view == null) {
      view = Arena.ofConfined();
    }
    return MemorySegment.ofAddress(address).reinterpret(size, view, null);
  }

  /**
   * Changes the size, and the address where necessary. Contents are kept up to the smaller of the
   * two sizes, bytes added are undefined.
   *
   * @param newSize the new size in bytes, 0 or more
   * @throws IllegalArgumentException if {@code newSize} is negative
   * @throws IllegalStateException if this memory is closed or detached, or a segment of it is in
   *     use by a downcall
   * @throws WrongThreadException if another thread took a segment of it
   * @throws OutOfMemoryError if the memory cannot be allocated; nothing has changed, except that
   *     segments are no longer alive
   */
  public void resize(long newSize) {
    check(newSize);
    endView();
    if (mapped != 0 && newSize >= MAP_MIN / 2) {
      remap(newSize);
    } else if (mapped != 0) {
      leaveMapping(heap.allocate(newSize, ALIGNMENT), newSize);
    } else {
      long old = address;
      if (map(newSize)) {
        Memory.copy(old, address, Math.min(size, newSize));
        heap.deallocate(old, size, ALIGNMENT);
      } else {
        address = heap.reallocate(old, size, newSize, ALIGNMENT);
      }
    }
    size = newSize;
  }

  /**
   * Turns the memory into a block of the heap that belongs to the caller; this object then has
   * none. A mapping is copied.
   *
   * @return the address of a block of {@link #size()} bytes aligned to {@link #ALIGNMENT}, to be
   *     freed with {@link Heap#deallocate}, or by C where {@link Binding#sharedWithC()} is true
   * @throws IllegalStateException if this memory is closed or detached, or a segment of it is in
   *     use by a downcall
   * @throws WrongThreadException if another thread took a segment of it
   * @throws OutOfMemoryError if the memory cannot be allocated; this object keeps the memory
   */
  public long detach() {
    endView();
    if (mapped != 0) {
      leaveMapping(heap.allocate(size, ALIGNMENT), size);
    }
    if (Guarded.holds(address, size)) {
      address = Guarded.reallocate(ProcessHeap.CACHED.direct(), address, size, size, ALIGNMENT);
    } else if (Checking.READS) {
      address = Front.FULL.ofMalloc(address, size, ALIGNMENT);
    }
    closed = true;
    return address;
  }

  /**
   * Frees the memory; closing it again, or after {@link #detach}, does nothing.
   *
   * @throws IllegalStateException if a segment of it is in use by a downcall
   * @throws WrongThreadException if another thread took a segment of it
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    endView();
    closed = true;
    if (mapped != 0) {
      mappings.unmap(address, mapped);
    } else {
      heap.deallocate(address, size, ALIGNMENT);
    }
  }

  private void open() {
    if (closed) {
      throw new IllegalStateException("This memory is closed or detached.");
    }
  }

  private static void check(long size) {
    Arguments.check(size, ALIGNMENT);
  }

  /** Ends the lifetime of segments; throws before anything has changed. */
  private void endView() {
    open();
    if (view != null) {
      view.close();
      view = null;
    }
  }

  private static long rounded(long size) {
    return (size + Mappings.HUGE - 1) & -Mappings.HUGE;
  }

  /** Makes a mapping if the size is large enough and the system has room. */
  private boolean map(long newSize) {
    if (mappings == null || newSize < MAP_MIN || newSize > SIZE_MAX) {
      return false;
    }
    long there = mappings.map(rounded(newSize));
    if (there == 0) {
      return false;
    }
    address = there;
    mapped = rounded(newSize);
    return true;
  }

  private void remap(long newSize) {
    long wanted = newSize > SIZE_MAX ? 0 : rounded(newSize);
    if (wanted == mapped) {
      return;
    }
    long moved = wanted == 0 ? 0 : mappings.remap(address, mapped, wanted);
    if (moved != 0) {
      address = moved;
      mapped = wanted;
    } else if (newSize > mapped) {
      leaveMapping(heap.allocate(newSize, ALIGNMENT), newSize);
    }
  }

  private void leaveMapping(long block, long newSize) {
    Memory.copy(address, block, Math.min(size, newSize));
    mappings.unmap(address, mapped);
    address = block;
    mapped = 0;
  }

  /** Whether this is a mapping now. */
  boolean isMapped() {
    return mapped != 0;
  }
}
