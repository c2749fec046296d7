package org.onemalloc.internal.checked;

import org.onemalloc.Finding;

/**
 * What {@link CheckedHeap} knows about a block.
 *
 * @param address its address, malloc's own
 * @param size the requested size
 * @param alignment the requested alignment
 * @param guard the number of pattern bytes after its end
 * @param usable the usable size that the allocator reported when it was new, {@link #BROKEN} if it
 *     must no longer be passed to the allocator
 * @param site the stack that allocated it
 * @param thread the thread that allocated it
 * @param freeSite the stack that freed it, {@link Sites#NONE} while it is live
 * @param freeThread the thread that freed it
 */
public record Block(
    long address,
    long size,
    long alignment,
    int guard,
    long usable,
    int site,
    long thread,
    int freeSite,
    long freeThread) {
  static final long BROKEN = -1;

  /** Returns a block that C allocated, at an unknown place. */
  static Block ofC(long address, long size, long alignment) {
    return new Block(address, size, alignment, 0, size, Sites.NONE, 0, Sites.NONE, 0);
  }

  boolean isOfC() {
    return site == Sites.NONE;
  }

  public boolean freed() {
    return freeSite != Sites.NONE;
  }

  /** Returns how many bytes were requested from the allocator. */
  long whole() {
    return size + guard;
  }

  boolean contains(long other) {
    return other >= address && other < address + whole();
  }

  public Block freedAt(int where, long by, long allocatorSays) {
    return new Block(address, size, alignment, guard, allocatorSays, site, thread, where, by);
  }

  Block under(String tag) {
    int tagged = Sites.tagged(site, tag);
    return new Block(address, size, alignment, guard, usable, tagged, thread, freeSite, freeThread);
  }

  /** Fills a freed block, and its guard again. */
  void fill() {
    Patterns.fill(address, size, Patterns.FREED);
    Patterns.fill(address + size, guard, Patterns.GUARD);
  }

  /** Returns the index of the first damaged byte past its end, or -1. */
  long damagePastEnd() {
    return Patterns.damage(address + size, guard, Patterns.GUARD);
  }

  /** Returns the finding if a freed block is passed to a call that does this to it. */
  Finding usedAfterFree(String done) {
    return finding(Finding.Kind.FREED_TWICE, "A block was " + done + " after it had been freed.");
  }

  Finding finding(Finding.Kind kind, String what) {
    return new Finding(
        kind,
        what,
        address,
        size,
        alignment,
        Sites.current(),
        Sites.trace(site, thread),
        Sites.trace(freeSite, freeThread));
  }
}
