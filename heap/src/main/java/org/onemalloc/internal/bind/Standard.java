package org.onemalloc.internal.bind;

import static org.onemalloc.Binding.Means.NATIVE;
import static org.onemalloc.Binding.Means.POLYFILLED;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.onemalloc.Binding.Operation;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Memory;

/**
 * The polyfill: malloc, calloc, realloc, free and an aligned allocation, which every C library has.
 *
 * @param actual malloc_usable_size or malloc_size, NULL if there is none; for checks only
 * @param memalign whether {@code aligned} is memalign (alignment, size), which returns the block;
 *     else it is posix_memalign
 * @param glibc whether blocks have glibc's layout: 16 k + 8 usable bytes, 24 at least (malloc.c,
 *     request2size)
 * @param why why the extended operations are polyfilled
 */
public record Standard(
    MemorySegment malloc,
    MemorySegment calloc,
    MemorySegment realloc,
    MemorySegment free,
    MemorySegment aligned,
    MemorySegment actual,
    boolean memalign,
    boolean glibc,
    String why)
    implements Backend {

  @Override
  public long allocate(long size, long alignment) {
    if (Backend.plain(size, alignment)) {
      return Calls.sized(malloc, size, size);
    }
    return memalign ? Calls.sized(aligned, size, alignment, size, 0) : posix(size, alignment);
  }

  private long posix(long size, long alignment) {
    long result = Calls.critical(malloc, Long.BYTES, 0, 0);
    if (result == 0) {
      return 0;
    }
    long least = Math.max(alignment, Long.BYTES);
    boolean done = (int) Calls.sized(aligned, size, result, least, size) == 0;
    long address = done ? Memory.get(result) : 0;
    Calls.critical(free, result, 0, 0);
    return address;
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    if (Backend.plain(size, alignment)) {
      return Calls.sized(calloc, size, 1, size, 0);
    }
    long address = allocate(size, alignment);
    if (address != 0) {
      Memory.zero(address, size);
    }
    return address;
  }

  /**
   * Calls realloc wherever the alignment allows, which moves pages instead of bytes for huge
   * blocks.
   */
  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    return Backend.plain(newSize, alignment)
        ? Calls.sized(realloc, Math.max(oldSize, newSize), address, newSize, 0)
        : move(address, oldSize, newSize, alignment);
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return oldSize;
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Calls.sized(free, size, address);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return size;
  }

  @Override
  public long goodSize(long size) {
    return glibc ? Math.max(24, ((size + 8 + 15) & -16) - 8) : 0;
  }

  /**
   * Reads the size itself on glibc: its function follows the size to the next chunk, which fails
   * for a damaged one.
   */
  @Override
  public long actualSize(long address) {
    if (glibc) {
      return GlibcChunk.usable(address);
    }
    return actual.address() == 0 ? Long.MAX_VALUE : Calls.critical(actual, address, 0, 0);
  }

  @Override
  public boolean mayOwn(long address) {
    return !glibc || GlibcChunk.mayBeBlock(address);
  }

  @Override
  public List<Operation> operations() {
    return List.of(
        new Operation("allocate", NATIVE, "malloc, " + alignedName()),
        new Operation("allocateZeroed", NATIVE, "calloc; memset above alignment 16"),
        new Operation("reallocate", NATIVE, "realloc; copied above alignment 16"),
        new Operation("resizeInPlace", POLYFILLED, "never resizes: " + why),
        new Operation("deallocate", POLYFILLED, "free, without the size: " + why),
        new Operation("usableSize", POLYFILLED, "the requested size: " + why));
  }

  String alignedName() {
    return memalign ? "memalign" : "posix_memalign";
  }
}
