package org.onemalloc.internal.checked;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.onemalloc.Finding;
import org.onemalloc.Finding.Kind;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.system.Platform;

/**
 * A range of addresses where blocks have pages of their own.
 *
 * <p>A block ends where its last page ends, and the page after it can neither be read nor written;
 * nor can any page of a freed block. That page is also the guard before the next block. Freed
 * blocks are remembered until their pages are needed; the oldest is forgotten first.
 *
 * <p>The range is divided into slots of one size, and a block takes as many adjacent slots as it
 * needs, and is placed at the end of the last.
 *
 * <p>Linux only, which has a flag to request an address without replacing an existing mapping, and
 * maps files in memory, whose names describe the pages.
 */
final class GuardedRegion {
  /** The default of vm.mmap_min_addr; no executable file is linked to addresses below it. */
  static final long LOW = 64 * 1024;

  static final long HIGH = 4 * 1024 * 1024;

  private final GuardedPages pages;
  private final long base;
  private final long slot;
  private final int before;
  private final GuardedSlots slots;
  private final Deque<GuardedBlock> freed = new ArrayDeque<>();
  private final int liveMax;
  private int live;

  private GuardedRegion(GuardedPages pages, long base, long slot, int slots, int before) {
    this.pages = pages;
    this.base = base;
    this.slot = slot;
    this.before = before;
    this.slots = new GuardedSlots(slots);
    this.liveMax = slots / 4 * 3;
  }

  /** Reserves the lowest addresses that a process may map; null if it cannot. */
  static GuardedRegion low(Platform platform) {
    GuardedPages pages = pages(platform);
    if (pages != null && pages.reserve(LOW, HIGH - LOW)) {
      int slots = (int) ((HIGH - LOW) / pages.size());
      return new GuardedRegion(pages, LOW, pages.size(), slots, 0);
    }
    Findings.say(
        "no block is guarded: the addresses below 4 MB are not available, or another copy of this library"
            + " guards its blocks there.");
    return null;
  }

  /**
   * Reserves slots at any address, each for one block at a time; returns null if this system
   * cannot.
   *
   * @param slots the number of slots, the first of which is not used
   * @param sizeMax the size of the largest block
   * @param before the number of bytes before a block that are checked
   */
  static GuardedRegion slots(int slots, long sizeMax, int before, Platform platform) {
    GuardedPages pages = pages(platform);
    if (pages == null) {
      return null;
    }
    long slot = up(up(sizeMax, Backend.MALLOC_ALIGNMENT) + before, pages.size()) + pages.size();
    long base = pages.reserve(slot * slots);
    return base == 0 ? null : new GuardedRegion(pages, base, slot, slots, before);
  }

  private static GuardedPages pages(Platform platform) {
    return platform.system().equals("linux") ? GuardedPages.here() : null;
  }

  private static long up(long bytes, long unit) {
    return (bytes + unit - 1) & -unit;
  }

  long base() {
    return base;
  }

  long limit() {
    return base + slots.count() * slot;
  }

  private GuardedBlock at(long address) {
    return slots.at((int) ((address - base) / slot));
  }

  /** Returns the address of a new block, 0 if there is no room. */
  synchronized long allocate(long size, long alignment) {
    if (alignment > pages.size()) {
      return 0;
    }
    long least = Math.max(alignment, Math.min(Backend.MALLOC_ALIGNMENT, Long.highestOneBit(size)));
    long bytes = up(up(size, least) + before, pages.size());
    int count = (int) ((bytes + pages.size() + slot - 1) / slot);
    int first = live + count > liveMax ? 0 : makeRoom(count);
    if (first == 0) {
      return 0;
    }
    long end = base + (first + count) * slot - pages.size();
    long address = (end - size) & -least;
    GuardedBlock block =
        new GuardedBlock(
            first, count, end - bytes, address, size, alignment, end, Sites.here(), Sites.thread());
    if (!pages.open(block.start(), bytes, block.label())) {
      pages.close(block.start(), bytes + pages.size());
      return 0;
    }
    block.fill();
    slots.give(block);
    live += count;
    return address;
  }

  private int makeRoom(int count) {
    int first = slots.room(count);
    while (first == 0 && !freed.isEmpty()) {
      GuardedBlock oldest = freed.removeFirst();
      pages.close(oldest.start(), oldest.end() + pages.size() - oldest.start());
      slots.take(oldest);
      first = slots.room(count);
    }
    return first;
  }

  /** Returns the size of the live block at this address, -1 if there is none. */
  synchronized long size(long address) {
    GuardedBlock block = at(address);
    return block == null || block.address() != address || block.freed() ? -1 : block.size();
  }

  /** Records the tag of a block that was just allocated. */
  synchronized void tag(long address, String tag) {
    at(address).under(tag);
  }

  /** Frees a block for a caller that has only the address, as for C's free. */
  synchronized List<Finding> deallocate(long address) {
    GuardedBlock block = at(address);
    return block == null
        ? deallocate(address, 0, 1)
        : deallocate(address, block.size(), block.alignment());
  }

  /** Frees the block if it can be freed, and returns the findings. */
  synchronized List<Finding> deallocate(long address, long size, long alignment) {
    List<Finding> found = wrong(address, size, alignment, "freed");
    GuardedBlock block = at(address);
    if (block != null && block.address() == address && !block.freed()) {
      free(block, found);
    }
    return found;
  }

  /**
   * Compares what a caller claims about a block with the block; {@code done} says what the call
   * does.
   */
  synchronized List<Finding> wrong(long address, long size, long alignment, String done) {
    GuardedBlock block = at(address);
    List<Finding> found = new ArrayList<>();
    if (block == null) {
      found.add(CBlocks.finding(address, size, done, "the block is no longer there"));
    } else if (block.address() != address) {
      String where = "An address " + (address - block.address()) + " bytes into a block was ";
      found.add(block.finding(Kind.NOT_A_BLOCK, where + done + "."));
    } else if (block.freed()) {
      String what = "A block was " + done + " after it had been freed.";
      found.add(block.finding(Kind.FREED_TWICE, what));
    } else {
      block.compare(size, alignment, done, found);
    }
    return found;
  }

  private void free(GuardedBlock block, List<Finding> found) {
    block.inspect(found);
    block.freeAt(Sites.here(), Sites.thread());
    live -= block.count();
    pages.close(block.start(), block.end() - block.start(), block.freedLabel());
    pages.close(block.end(), pages.size(), block.label());
    freed.addLast(block);
  }

  synchronized List<Finding> verify() {
    List<Finding> found = new ArrayList<>();
    slots.forEachLive(block -> block.inspect(found));
    return found;
  }

  synchronized void addTo(Leaks leaks) {
    slots.forEachLive(block -> leaks.add(block.size(), block.site(), block.thread()));
  }
}
