package org.onemalloc.internal.checked;

import java.util.List;
import org.onemalloc.Allocator;
import org.onemalloc.Finding;
import org.onemalloc.Leak;

/** A heap that checks every block, which the mode {@code full} puts in front of the heap. */
public sealed interface FullHeap extends Allocator, Copies.Copy
    permits CheckedHeap, ReadCheckedHeap {

  /**
   * Moves a block that is not malloc's to one that is, which is checked too; returns its address.
   */
  default long ofMalloc(long address, long size, long alignment) {
    return address;
  }

  /** Prepares a block for C's free and stops checking it; returns its address. */
  long handOver(long address, long size, long alignment);

  /** Records the tag of a block that was just allocated. */
  void tag(long address, String tag);

  /**
   * Called when a block is freed in C's way, and stops checking it; returns false if the block must
   * not be passed to C's free: it was freed here, or must not be freed, which was reported.
   */
  boolean freedAsInC(long address);

  /** Returns the size of a live block that is not malloc's own, -1 for any other address. */
  default long sizeApart(long address) {
    return -1;
  }

  /** Answers other copies of the library for this heap. */
  default void join() {
    Copies.join(this);
  }

  /** Checks every block now. */
  List<Finding> verify();

  /** Returns the live blocks, summed by what allocated them. */
  default List<Leak> leaks() {
    Leaks leaks = new Leaks();
    addTo(leaks);
    return leaks.sorted();
  }

  /** Adds the live blocks to sums. */
  void addTo(Leaks leaks);
}
