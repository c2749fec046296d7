package org.onemalloc;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;

/**
 * An arena whose {@code allocateFrom} methods write each byte once.
 *
 * <p>The inherited methods skip zeroing for the JDK's own arenas only (the instanceof in
 * SegmentAllocator.allocateNoInit). So each call is passed to the same inherited method of an
 * allocator that never zeroes, which keeps the JDK's checks and exceptions.
 */
abstract class FillingArena implements Arena {

  /** Allocates as {@link #allocate(long, long)}, with undefined contents. */
  abstract MemorySegment raw(long byteSize, long byteAlignment);

  private static final class Raw implements SegmentAllocator {
    private final FillingArena arena;

    Raw(FillingArena arena) {
      this.arena = arena;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      return arena.raw(byteSize, byteAlignment);
    }
  }

  @Override
  public MemorySegment allocateFrom(String str) {
    return new Raw(this).allocateFrom(str);
  }

  @Override
  public MemorySegment allocateFrom(String str, Charset charset) {
    return new Raw(this).allocateFrom(str, charset);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfByte layout, byte value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfChar layout, char value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfShort layout, short value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfInt layout, int value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfFloat layout, float value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfLong layout, long value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfDouble layout, double value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(AddressLayout layout, MemorySegment value) {
    return new Raw(this).allocateFrom(layout, value);
  }

  @Override
  public MemorySegment allocateFrom(
      ValueLayout elementLayout,
      MemorySegment source,
      ValueLayout sourceElementLayout,
      long sourceOffset,
      long elementCount) {
    return new Raw(this)
        .allocateFrom(elementLayout, source, sourceElementLayout, sourceOffset, elementCount);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfByte elementLayout, byte... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfShort elementLayout, short... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfChar elementLayout, char... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfInt elementLayout, int... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfFloat elementLayout, float... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfLong elementLayout, long... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }

  @Override
  public MemorySegment allocateFrom(ValueLayout.OfDouble elementLayout, double... elements) {
    return new Raw(this).allocateFrom(elementLayout, elements);
  }
}
