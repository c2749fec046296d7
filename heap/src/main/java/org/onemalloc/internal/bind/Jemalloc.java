package org.onemalloc.internal.bind;

import static org.onemalloc.Binding.Means.NATIVE;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.onemalloc.Binding.Operation;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Memory;

/** jemalloc by its extended calls (jemalloc(3), "Non-standard API"). */
record Jemalloc(
    Standard standard,
    MemorySegment mallocx,
    MemorySegment rallocx,
    MemorySegment xallocx,
    MemorySegment sdallocx,
    MemorySegment nallocx)
    implements Backend {

  private static final int MALLOCX_ZERO = 0x40;

  /** Above this (tcache_max), calloc before 5.3.1 returns pages and faults them in again. */
  private static final long CALLOC_MAX = 32 * 1024;

  /**
   * From this size on (oversize_threshold) pages are new in any case, and calloc need not write
   * them.
   */
  private static final long FRESH_MIN = 8 * 1024 * 1024;

  /**
   * Returns the flags of a block, the same for allocation and free. They are 0 wherever malloc's
   * alignment suffices: sdallocx has a fast path for flags 0 only. MALLOCX_LG_ALIGN(la) is la
   * itself.
   */
  static int flags(long size, long alignment) {
    return Backend.plain(size, alignment) ? 0 : Long.numberOfTrailingZeros(alignment);
  }

  @Override
  public long allocate(long size, long alignment) {
    int flags = flags(size, alignment);
    return flags == 0
        ? Calls.sized(standard.malloc(), size, size)
        : Calls.sized(mallocx, size, size, flags, 0);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    if (size > CALLOC_MAX && size < FRESH_MIN) {
      long address = allocate(size, alignment);
      if (address != 0) {
        Memory.zero(address, size);
      }
      return address;
    }
    return Calls.sized(mallocx, size, size, flags(size, alignment) | MALLOCX_ZERO, 0);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    long work = Math.max(oldSize, newSize);
    return Calls.sized(rallocx, work, address, newSize, flags(newSize, alignment));
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    int flags = flags(newSize, alignment);
    long work = Math.max(oldSize, newSize);
    return work <= Calls.CRITICAL_BYTES
        ? Calls.critical(xallocx, address, newSize, 0, flags, 0, 0)
        : Calls.normal(xallocx, address, newSize, 0, flags, 0, 0);
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Calls.sized(sdallocx, size, address, size, flags(size, alignment));
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return Calls.critical(nallocx, size, flags(size, alignment), 0);
  }

  @Override
  public long goodSize(long size) {
    return Calls.critical(nallocx, size, 0, 0);
  }

  @Override
  public long actualSize(long address) {
    return standard.actualSize(address);
  }

  @Override
  public List<Operation> operations() {
    return List.of(
        new Operation("allocate", NATIVE, "malloc, mallocx"),
        new Operation("allocateZeroed", NATIVE, "mallocx; malloc and memset from 32 KB to 8 MB"),
        new Operation("reallocate", NATIVE, "rallocx"),
        new Operation("resizeInPlace", NATIVE, "xallocx"),
        new Operation("deallocate", NATIVE, "sdallocx"),
        new Operation("usableSize", NATIVE, "nallocx"));
  }
}
