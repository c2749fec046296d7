package org.onemalloc.internal.checked;

import org.onemalloc.Finding;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.bind.Standard;
import org.onemalloc.internal.system.Mapped;

/** Distinguishes addresses that may be blocks of C's from those that cannot be. */
final class CBlocks {
  private CBlocks() {}

  /** Returns why an address cannot be a block of C's, as the end of a sentence; empty if it can. */
  static String why(Backend backend, boolean sharedWithC, long address, long size, long alignment) {
    if (!sharedWithC) {
      return "it is not a block of the private heap";
    }
    if ((address & 7) != 0) {
      return "no allocator has blocks at such an address";
    }
    String place = Mapped.notHeap(address);
    if (!place.isEmpty()) {
      return place;
    }
    if (!backend.mayOwn(address)) {
      return "the allocator has no such block";
    }
    long actual = backend.actualSize(address);
    if (actual < size) {
      return "the block there has only " + actual + " bytes";
    }
    return (address & (alignment - 1)) == 0 ? "" : "it is not a multiple of alignment " + alignment;
  }

  /** Returns whether the allocator distinguishes the start of a block from an address inside it. */
  static boolean sure(Backend backend) {
    return backend instanceof Standard standard && standard.glibc();
  }

  static Finding finding(long address, long size, String done, String why) {
    String at = "Address 0x" + Long.toHexString(address);
    boolean tooSmall = why.startsWith("the block there");
    return new Finding(
        tooSmall ? Finding.Kind.WRONG_SIZE : Finding.Kind.NOT_A_BLOCK,
        at + " was " + done + " as a block of " + size + " bytes, but " + why + ".",
        address,
        -1,
        -1,
        Sites.current(),
        Sites.NOWHERE,
        Sites.NOWHERE);
  }
}
