package org.onemalloc.internal.bind;

import org.onemalloc.Allocator;
import org.onemalloc.internal.system.Arguments;

/**
 * The seam over a backend: checks arguments, serves size 0, turns failure into an error. Every
 * operation is one call into C.
 */
public record DirectHeap(Backend backend, String name) implements Allocator {

  /**
   * Returns the address of blocks of size 0, which is their alignment: not null, aligned, and never
   * mapped.
   */
  public static long empty(long alignment) {
    return alignment;
  }

  @Override
  public long allocate(long size, long alignment) {
    Arguments.check(size, alignment);
    return size == 0 ? empty(alignment) : there(backend.allocate(size, alignment), size, alignment);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    Arguments.check(size, alignment);
    return size == 0
        ? empty(alignment)
        : there(backend.allocateZeroed(size, alignment), size, alignment);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    if (oldSize == 0) {
      return allocate(newSize, alignment);
    }
    if (newSize == 0) {
      backend.deallocate(address, oldSize, alignment);
      return empty(alignment);
    }
    return there(backend.reallocate(address, oldSize, newSize, alignment), newSize, alignment);
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    return oldSize == 0 || newSize == 0
        ? oldSize
        : backend.resizeInPlace(address, oldSize, newSize, alignment);
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    if (size != 0) {
      backend.deallocate(address, size, alignment);
    }
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    return size == 0 ? 0 : backend.usableSize(address, size, alignment);
  }

  private long there(long address, long size, long alignment) {
    if (address == 0) {
      throw Arguments.outOfMemory(size, alignment, name);
    }
    return address;
  }
}
