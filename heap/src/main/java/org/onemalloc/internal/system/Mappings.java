package org.onemalloc.internal.system;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/**
 * Large memory from the system, at multiples of 2 MB so that it can have huge pages. Addresses are
 * 0 and results false if the system refuses. Tests use one that refuses on demand.
 */
public interface Mappings {
  /** The size of a huge page of x86-64, and of ARM64 with pages of 4 KB. */
  long HUGE = 2 << 20;

  /** Returns the address of memory; the size is a multiple of {@link #HUGE}. */
  long map(long size);

  /**
   * Changes the size by moving page tables instead of bytes. If this fails, nothing has changed.
   */
  long remap(long address, long oldSize, long newSize);

  void unmap(long address, long size);

  /** Returns the mappings of this system; null if it has no mremap. */
  static Mappings here(Platform platform) {
    return platform.system().equals("linux") ? Linux.of() : null;
  }

  /** mmap(2), mremap(2), madvise(2), by the numbers of Linux (mman-common.h, all processors). */
  record Linux(
      MemorySegment mmap, MemorySegment mremap, MemorySegment munmap, MemorySegment madvise)
      implements Mappings {
    private static final int NONE = 0;
    private static final int READ_WRITE = 1 | 2;
    private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final int NO_RESERVE = 0x4000;
    private static final int MAY_MOVE = 1;
    private static final int FIXED = 2;
    private static final int HUGE_PAGES = 14;

    static Linux of() {
      SymbolLookup libc = Linker.nativeLinker().defaultLookup();
      return new Linux(
          libc.findOrThrow("mmap"),
          libc.findOrThrow("mremap"),
          libc.findOrThrow("munmap"),
          libc.findOrThrow("madvise"));
    }

    @Override
    public long map(long size) {
      long address = aligned(size, READ_WRITE, PRIVATE_ANONYMOUS);
      if (address != 0) {
        // a kernel without huge pages refuses this, and then uses small ones
        Calls.critical(madvise, address, size, HUGE_PAGES);
      }
      return address;
    }

    /** Maps 2 MB too much, and unmaps what is before and after the aligned part. */
    private long aligned(long size, int protection, int flags) {
      long all = Calls.normal(mmap, 0, size + HUGE, protection, flags, -1, 0);
      if (all == -1) {
        return 0;
      }
      long address = (all + HUGE - 1) & -HUGE;
      if (address != all) {
        unmap(all, address - all);
      }
      if (all + HUGE != address) {
        unmap(address + size, all + HUGE - address);
      }
      return address;
    }

    /**
     * Grows in place if the addresses after it are free; otherwise moves to a range that is
     * reserved first. A range that the kernel chooses is not aligned, and a move to an address of
     * other alignment is done page by page and loses the huge pages.
     */
    @Override
    public long remap(long address, long oldSize, long newSize) {
      if (Calls.normal(mremap, address, oldSize, newSize, 0, 0, 0) != -1) {
        return address;
      }
      long place = aligned(newSize, NONE, PRIVATE_ANONYMOUS | NO_RESERVE);
      if (place == 0) {
        return 0;
      }
      long moved = Calls.normal(mremap, address, oldSize, newSize, MAY_MOVE | FIXED, place, 0);
      if (moved == -1) {
        unmap(place, newSize);
        return 0;
      }
      return moved;
    }

    @Override
    public void unmap(long address, long size) {
      Calls.normal(munmap, address, size, 0);
    }
  }
}
