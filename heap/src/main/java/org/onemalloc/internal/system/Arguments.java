package org.onemalloc.internal.system;

/** The checks of arguments of every allocator, and the errors that every allocator throws. */
public final class Arguments {
  private Arguments() {}

  /** Returns whether the seam accepts this size and alignment. */
  public static boolean legal(long size, long alignment) {
    return alignment > 0
        && (alignment & (alignment - 1)) == 0
        && size >= 0
        && size <= Long.MAX_VALUE - alignment;
  }

  public static void check(long size, long alignment) {
    if (!legal(size, alignment)) {
      throw refused(size, alignment);
    }
  }

  public static void check(long address, long size, long alignment) {
    check(size, alignment);
    if (address == 0) {
      throw new IllegalArgumentException("Address 0 is not a block.");
    }
  }

  private static IllegalArgumentException refused(long size, long alignment) {
    if (alignment <= 0 || (alignment & (alignment - 1)) != 0) {
      return new IllegalArgumentException("Alignment " + alignment + " is not a power of two.");
    }
    return new IllegalArgumentException(
        size < 0
            ? "Size " + size + " is negative."
            : "Size " + size + " overflows when rounded up to alignment " + alignment + ".");
  }

  public static OutOfMemoryError outOfMemory(long size, long alignment, String allocator) {
    return new OutOfMemoryError(
        allocator + " has no block of " + size + " bytes at alignment " + alignment + ".");
  }
}
