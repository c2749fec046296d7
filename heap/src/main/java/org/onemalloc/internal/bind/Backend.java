package org.onemalloc.internal.bind;

import java.util.List;
import org.onemalloc.Binding;
import org.onemalloc.internal.system.Memory;

/**
 * The operations of the seam by an allocator's own functions, raw: sizes are 1 or more, arguments
 * are checked, and failure is 0.
 *
 * <p>Implementations are records: the JIT trusts the fields of a record that it reaches from a
 * static final field as constants, so that the address of a C function is an immediate in compiled
 * code. Tests use one that fails on demand.
 */
public interface Backend {
  /** The alignment of malloc's blocks of at least that size: two words (psABI, glibc). */
  long MALLOC_ALIGNMENT = 16;

  /**
   * Returns whether plain malloc suffices. The size matters too: an allocator may align small
   * blocks to less (jemalloc and mimalloc do), because no object of that size needs more.
   * Allocation and free call this one function, with the alignment and a legal size of the block.
   */
  static boolean plain(long size, long alignment) {
    return alignment <= MALLOC_ALIGNMENT && alignment <= size;
  }

  long allocate(long size, long alignment);

  long allocateZeroed(long size, long alignment);

  long reallocate(long address, long oldSize, long newSize, long alignment);

  /** Returns the usable size afterwards. */
  long resizeInPlace(long address, long oldSize, long newSize, long alignment);

  void deallocate(long address, long size, long alignment);

  long usableSize(long address, long size, long alignment);

  /**
   * Returns how many bytes of a block of {@code malloc(size)} may be used, without a block; 0 if
   * the allocator does not report that.
   */
  long goodSize(long size);

  /** Returns the actual size of a block, read from the block; Long.MAX_VALUE if it is not known. */
  default long actualSize(long address) {
    return Long.MAX_VALUE;
  }

  /** Returns whether there may be a block at this address, which is mapped; for checks only. */
  default boolean mayOwn(long address) {
    return true;
  }

  /** Returns how each operation is done. */
  List<Binding.Operation> operations();

  /** Reallocates without realloc. */
  default long move(long address, long oldSize, long newSize, long alignment) {
    long moved = allocate(newSize, alignment);
    if (moved != 0) {
      Memory.copy(address, moved, Math.min(oldSize, newSize));
      deallocate(address, oldSize, alignment);
    }
    return moved;
  }
}
