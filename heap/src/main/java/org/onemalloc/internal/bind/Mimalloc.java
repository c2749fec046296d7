package org.onemalloc.internal.bind;

import static org.onemalloc.Binding.Means.NATIVE;
import static org.onemalloc.Binding.Means.POLYFILLED;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.onemalloc.Binding.Operation;
import org.onemalloc.internal.system.Calls;

/** mimalloc by its own names; {@code standard} is its malloc, calloc, realloc and free. */
record Mimalloc(
    Standard standard,
    MemorySegment mallocAligned,
    MemorySegment zallocAligned,
    MemorySegment reallocAligned,
    MemorySegment expand,
    MemorySegment usableSize,
    MemorySegment goodSize)
    implements Backend {

  @Override
  public long allocate(long size, long alignment) {
    return Backend.plain(size, alignment)
        ? Calls.sized(standard.malloc(), size, size)
        : Calls.sized(mallocAligned, size, size, alignment, 0);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return Backend.plain(size, alignment)
        ? Calls.sized(standard.calloc(), size, 1, size, 0)
        : Calls.sized(zallocAligned, size, size, alignment, 0);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    long work = Math.max(oldSize, newSize);
    return Backend.plain(newSize, alignment)
        ? Calls.sized(standard.realloc(), work, address, newSize, 0)
        : Calls.sized(reallocAligned, work, address, newSize, alignment);
  }

  /** mi_expand succeeds only if the block is already large enough, and never returns memory. */
  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    long usable = usableSize(address, oldSize, alignment);
    return newSize <= usable && Calls.critical(expand, address, newSize, 0) == 0 ? oldSize : usable;
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Calls.sized(standard.free(), size, address);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return Calls.critical(usableSize, address, 0, 0);
  }

  @Override
  public long goodSize(long size) {
    return Calls.critical(goodSize, size, 0, 0);
  }

  @Override
  public long actualSize(long address) {
    return standard.actualSize(address);
  }

  @Override
  public List<Operation> operations() {
    return List.of(
        new Operation("allocate", NATIVE, "malloc, mi_malloc_aligned"),
        new Operation("allocateZeroed", NATIVE, "calloc, mi_zalloc_aligned"),
        new Operation("reallocate", NATIVE, "realloc, mi_realloc_aligned"),
        new Operation("resizeInPlace", NATIVE, "mi_expand"),
        new Operation("deallocate", POLYFILLED, "free: mimalloc ignores the size"),
        new Operation("usableSize", NATIVE, "mi_usable_size"));
  }
}
