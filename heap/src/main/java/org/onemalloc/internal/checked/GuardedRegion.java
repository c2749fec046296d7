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
 * <p>A block ends where its last page ends, and the page behind it can neither be read nor written;
 * nor can any page of a freed block. That page is the guard before the next block too. Freed blocks
 * stay until their pages are needed, the oldest first.
 *
 * <p>The range is divided into slots of one size, and a block takes as many in a row as it needs,
 * at the end of the last.
 *
 * <p>Linux alone: it has a flag that asks for an address without taking it from anybody, and maps a
 * file in memory whose name can say what the pages are.
 */
final class GuardedRegion {
  /** The default of vm.mmap_min_addr, and the end of what no executable file is linked to. */
  private static final long LOW = 64 * 1024;

  private static final long HIGH = 4 * 1024 * 1024;

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

  /**
   * Reserves the lowest addresses that a process may map, for sampled blocks; null if it cannot.
   */
  static GuardedRegion low(Platform platform) {
    GuardedPages pages = pages(platform);
    if (pages != null && pages.reserve(LOW, HIGH - LOW)) {
      int slots = (int) ((HIGH - LOW) / pages.size());
      return new GuardedRegion(pages, LOW, pages.size(), slots, 0);
    }
    Findings.say("nothing is sampled: this system gives no pages at addresses below 4 MB.");
    return null;
  }

  /**
   * Reserves slots anywhere, each for one block at a time; null if this system gives none.
   *
   * @param slots how many, the first of which is not used
   * @param sizeMax the size of the largest block that will be asked for
   * @param before how many bytes before a block must be watched
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

  /** Returns a block, 0 if there is no room. */
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
    GuardedBlock sample =
        new GuardedBlock(
            first, count, end - bytes, address, size, alignment, end, Sites.here(), Sites.thread());
    if (!pages.open(sample.start(), bytes, sample.label())) {
      pages.close(sample.start(), bytes + pages.size());
      return 0;
    }
    sample.fill();
    slots.give(sample);
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

  /** Returns the size of the living block at this address, -1 if there is none. */
  synchronized long size(long address) {
    GuardedBlock sample = at(address);
    return sample == null || sample.address() != address || sample.freed() ? -1 : sample.size();
  }

  /** Notes the tag of a block that was just allocated. */
  synchronized void tag(long address, String tag) {
    at(address).under(tag);
  }

  /** The same as below for a caller that knows no more than C's free does. */
  synchronized List<Finding> deallocate(long address) {
    GuardedBlock sample = at(address);
    return sample == null
        ? deallocate(address, 0, 1)
        : deallocate(address, sample.size(), sample.alignment());
  }

  /** Frees what can be freed, and returns what is wrong. */
  synchronized List<Finding> deallocate(long address, long size, long alignment) {
    List<Finding> found = wrong(address, size, alignment, "freed");
    GuardedBlock sample = at(address);
    if (sample != null && sample.address() == address && !sample.freed()) {
      free(sample, found);
    }
    return found;
  }

  /** Returns what is wrong with what a caller says of a block that it wants this done to. */
  synchronized List<Finding> wrong(long address, long size, long alignment, String done) {
    GuardedBlock sample = at(address);
    List<Finding> found = new ArrayList<>();
    if (sample == null) {
      found.add(CBlocks.finding(address, size, done, "no block is there any more"));
    } else if (sample.address() != address) {
      String where = "An address " + (address - sample.address()) + " bytes into a block was ";
      found.add(sample.finding(Kind.NOT_A_BLOCK, where + done + "."));
    } else if (sample.freed()) {
      String what = "A block was " + done + " after it had been freed.";
      found.add(sample.finding(Kind.FREED_TWICE, what));
    } else {
      sample.compare(size, alignment, done, found);
    }
    return found;
  }

  private void free(GuardedBlock sample, List<Finding> found) {
    sample.inspect(found);
    sample.freeAt(Sites.here(), Sites.thread());
    live -= sample.count();
    pages.close(sample.start(), sample.end() - sample.start(), sample.freedLabel());
    pages.close(sample.end(), pages.size(), sample.label());
    freed.addLast(sample);
  }

  synchronized List<Finding> verify() {
    List<Finding> found = new ArrayList<>();
    slots.forEachLive(sample -> sample.inspect(found));
    return found;
  }

  synchronized void addTo(Leaks leaks) {
    slots.forEachLive(sample -> leaks.add(sample.size(), sample.site(), sample.thread()));
  }
}
