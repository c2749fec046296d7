package org.onemalloc.internal.bind;

import static org.onemalloc.Binding.Means.NATIVE;
import static org.onemalloc.Binding.Means.POLYFILLED;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.onemalloc.Binding.Operation;
import org.onemalloc.HeapError;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Memory;

/**
 * The Universal C Runtime of Windows. Not run on Windows: its decisions are tested with recorded
 * lookups only.
 *
 * <p>A block above malloc's alignment has a header before it and must be freed by another function
 * (<a
 * href="https://learn.microsoft.com/cpp/c-runtime-library/reference/aligned-malloc">_aligned_malloc</a>),
 * so the alignment alone determines the kind of block, for allocation and free, whatever the size.
 */
record Ucrt(
    Standard standard,
    MemorySegment alignedMalloc,
    MemorySegment alignedFree,
    MemorySegment alignedRealloc,
    MemorySegment expand)
    implements Backend {

  static Recognised recognise(Finder f, String[] names) {
    MemorySegment[] own = new MemorySegment[names.length];
    for (int i = 0; i < names.length; i++) {
      own[i] = f.exact(names[i]);
    }
    String why = "the UCRT has no such call";
    Standard standard = Recognised.standard(f, false, why);
    if (!Finder.there(own)) {
      throw new HeapError("The C runtime " + f.provider().file() + " is not the UCRT.");
    }
    return Recognised.plain("ucrt", "", new Ucrt(standard, own[0], own[1], own[2], own[3]), "");
  }

  private static boolean plain(long alignment) {
    return alignment <= MALLOC_ALIGNMENT;
  }

  @Override
  public long allocate(long size, long alignment) {
    return plain(alignment)
        ? Calls.sized(standard.malloc(), size, size, 0, 0)
        : Calls.sized(alignedMalloc, size, size, alignment, 0);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    if (plain(alignment)) {
      return Calls.sized(standard.calloc(), size, 1, size, 0);
    }
    long address = allocate(size, alignment);
    if (address != 0) {
      Memory.zero(address, size);
    }
    return address;
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    long work = Math.max(oldSize, newSize);
    return plain(alignment)
        ? Calls.sized(standard.realloc(), work, address, newSize, 0)
        : Calls.sized(alignedRealloc, work, address, newSize, alignment);
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    boolean done =
        plain(alignment)
            && newSize > oldSize
            && Calls.sized(expand, newSize, address, newSize, 0) != 0;
    return done ? newSize : oldSize;
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Calls.sized(plain(alignment) ? standard.free() : alignedFree, size, address, 0, 0);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return size;
  }

  @Override
  public long goodSize(long size) {
    return 0;
  }

  @Override
  public List<Operation> operations() {
    return List.of(
        new Operation("allocate", NATIVE, "malloc, _aligned_malloc"),
        new Operation("allocateZeroed", NATIVE, "calloc; memset above alignment 16"),
        new Operation("reallocate", NATIVE, "realloc, _aligned_realloc"),
        new Operation("resizeInPlace", NATIVE, "_expand, growing only, up to alignment 16"),
        new Operation("deallocate", POLYFILLED, "free, _aligned_free, without the size"),
        new Operation("usableSize", POLYFILLED, "the requested size: _msize is exact"));
  }
}
