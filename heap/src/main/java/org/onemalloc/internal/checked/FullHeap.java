package org.onemalloc.internal.checked;

import java.util.List;
import org.onemalloc.Allocator;
import org.onemalloc.Finding;
import org.onemalloc.Leak;

/** A heap that checks every block: what the mode {@code full} puts before the heap. */
public sealed interface FullHeap extends Allocator, Copies.Copy
    permits CheckedHeap, ReadCheckedHeap {

  /** Makes a block malloc's own, if it is not, and goes on checking it; returns its address. */
  default long ofMalloc(long address, long size, long alignment) {
    return address;
  }

  /** Makes a block ready for C's free, and forgets it; returns its address now. */
  long handOver(long address, long size, long alignment);

  /** Notes the tag of a block that was just allocated. */
  void tag(long address, String tag);

  /**
   * Is told that a block is freed in C's way, and forgets it; false if C's free must not be given
   * it: it was freed here, or must not be freed, which was reported.
   */
  boolean freedAsInC(long address);

  /** Returns the size of a living block that is not malloc's own, -1 for any other address. */
  default long sizeApart(long address) {
    return -1;
  }

  /** Answers other copies of the library for this heap. */
  default void join() {
    Copies.join(this);
  }

  /** Looks at every block now. */
  List<Finding> verify();

  /** Adds up the blocks that live, by what allocated them. */
  default List<Leak> leaks() {
    Leaks leaks = new Leaks();
    addTo(leaks);
    return leaks.sorted();
  }

  /** Adds the blocks that live to some sums. */
  void addTo(Leaks leaks);
}
