package org.onemalloc;

/**
 * Checks of what is given back, for finding mistakes: the system property {@code onemalloc.checks}
 * turns them on. Off, they cost nothing, because the JIT sees a constant.
 *
 * <p>They find a wrong address alignment, a size larger than the block (which would put a block
 * into the magazine of a larger class), and a block freed twice in short order on one thread. They
 * read the block's neighbourhood as the allocator does, so an address that was never a block may
 * end the process.
 */
final class Checks {
  static final String PROPERTY = "onemalloc.checks";

  static final boolean ON = Boolean.getBoolean(PROPERTY);

  private Checks() {}

  /**
   * Checks a block that is about to be freed.
   *
   * @throws IllegalStateException if something is wrong with it; the block is not freed
   */
  static void deallocate(CachedHeap heap, ThreadCache mine, long address, long size, long align) {
    Arguments.check(address, size, align);
    if (size == 0) {
      return;
    }
    int c = heap.classes().of(size, align);
    if (mine != null && c >= 0 && mine.holds(c, address)) {
      throw wrong(address, size, align, "it was freed before");
    }
    if ((address & (align - 1)) != 0) {
      throw wrong(address, size, align, "its address is no multiple of the alignment");
    }
    long actual = heap.direct().backend().actualSize(address);
    boolean natural = c >= 0 && size <= heap.classes().exact();
    if (actual < (natural ? heap.classes().size(c) : size)) {
      throw wrong(address, size, align, "it has only " + actual + " bytes");
    }
  }

  private static IllegalStateException wrong(long address, long size, long align, String why) {
    return new IllegalStateException(
        "The block at 0x"
            + Long.toHexString(address)
            + " cannot be freed as one of "
            + size
            + " bytes at alignment "
            + align
            + ": "
            + why
            + ".");
  }
}
