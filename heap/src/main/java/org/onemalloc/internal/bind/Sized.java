package org.onemalloc.internal.bind;

import static org.onemalloc.Binding.Means.NATIVE;
import static org.onemalloc.Binding.Means.POLYFILLED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.Binding.Operation;
import org.onemalloc.internal.system.Calls;

/**
 * An allocator with a few extended calls in addition to the standard ones: tcmalloc, snmalloc,
 * macOS's zones, any with C23's free_sized. A missing function is {@link MemorySegment#NULL}.
 *
 * @param freeSized (address, size), only for blocks from malloc, calloc and realloc
 * @param freeSizedName its name
 * @param good (size), or (size, flags)
 * @param goodName its name
 * @param usable (address), if the allocator permits use of the whole block
 * @param usableName its name
 */
record Sized(
    Standard standard,
    MemorySegment freeSized,
    String freeSizedName,
    MemorySegment good,
    String goodName,
    MemorySegment usable,
    String usableName)
    implements Backend {

  private static boolean there(MemorySegment function) {
    return function.address() != 0;
  }

  @Override
  public long allocate(long size, long alignment) {
    return standard.allocate(size, alignment);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return standard.allocateZeroed(size, alignment);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    return Backend.plain(newSize, alignment)
        ? standard.reallocate(address, oldSize, newSize, alignment)
        : move(address, oldSize, newSize, alignment);
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return usableSize(address, oldSize, alignment);
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    if (there(freeSized) && Backend.plain(size, alignment)) {
      Calls.sized(freeSized, size, address, size, 0);
    } else {
      standard.deallocate(address, size, alignment);
    }
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return there(usable) ? Calls.critical(usable, address, 0, 0) : size;
  }

  @Override
  public long goodSize(long size) {
    return there(good) ? Calls.critical(good, size, 0, 0) : 0;
  }

  @Override
  public long actualSize(long address) {
    return standard.actualSize(address);
  }

  @Override
  public List<Operation> operations() {
    List<Operation> operations = new ArrayList<>(standard.operations().subList(0, 3));
    operations.add(
        new Operation("resizeInPlace", POLYFILLED, "up to the usable size: " + standard.why()));
    operations.add(
        there(freeSized)
            ? new Operation("deallocate", NATIVE, freeSizedName)
            : standard.operations().get(4));
    operations.add(
        there(usable)
            ? new Operation("usableSize", NATIVE, usableName)
            : standard.operations().get(5));
    return operations;
  }
}
