package org.onemalloc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.onemalloc.Finding.Kind;

/**
 * The pages of sampled blocks, at the lowest addresses that a process may map.
 *
 * <p>A block ends where its last page ends, and the page behind it can neither be read nor written;
 * nor can any page of a freed block. That page is the guard before the next block too. Freed blocks
 * stay until their pages are needed, the oldest first.
 *
 * <p>Linux alone: it has a flag that asks for an address without taking it from anybody, and maps a
 * file in memory whose name can say what the pages are.
 */
final class GuardedRegion {
  /** The default of vm.mmap_min_addr, and the end of what no executable file is linked to. */
  private static final long LOW = 64 * 1024;

  private static final long HIGH = 4 * 1024 * 1024;

  private final GuardedPages pages;
  private final Sample[] byPage;
  private final Deque<Sample> freed = new ArrayDeque<>();
  private final int liveMax;
  private int live;
  private int next;

  private GuardedRegion(GuardedPages pages) {
    this.pages = pages;
    this.byPage = new Sample[(int) ((HIGH - LOW) / pages.size())];
    this.liveMax = byPage.length / 4 * 3;
  }

  /** Reserves the region; null if this system has none. */
  static GuardedRegion map(Platform platform) {
    GuardedPages pages = platform.system().equals("linux") ? GuardedPages.here() : null;
    if (pages != null && pages.reserve(LOW, HIGH - LOW)) {
      return new GuardedRegion(pages);
    }
    Findings.say("nothing is sampled: this system gives no pages at addresses below 4 MB.");
    return null;
  }

  long base() {
    return LOW;
  }

  long limit() {
    return HIGH;
  }

  private long address(int page) {
    return LOW + page * pages.size();
  }

  private Sample at(long address) {
    return byPage[(int) ((address - LOW) / pages.size())];
  }

  /** Returns a block, 0 if there is no room. Page 0 is the guard before the first block. */
  synchronized long allocate(long size, long alignment) {
    int count = (int) ((size + pages.size() - 1) / pages.size()) + 1;
    if (alignment > pages.size() || live + count > liveMax) {
      return 0;
    }
    int first = room(count);
    while (first == 0 && !freed.isEmpty()) {
      forget(freed.removeFirst());
      first = room(count);
    }
    if (first == 0) {
      return 0;
    }
    long end = address(first + count - 1);
    long least = Math.max(alignment, Math.min(Backend.MALLOC_ALIGNMENT, Long.highestOneBit(size)));
    long address = (end - size) & -least;
    Sample sample =
        new Sample(
            first,
            count,
            address(first),
            address,
            size,
            alignment,
            end,
            Sites.here(),
            Sites.thread());
    if (!pages.open(sample.start(), end - sample.start(), sample.label())) {
      return 0;
    }
    sample.fill();
    for (int i = first; i < first + count; i++) {
      byPage[i] = sample;
    }
    live += count;
    next = first + count;
    return address;
  }

  /** Returns the first of so many pages in a row that are nobody's, 0 if there are none. */
  private int room(int count) {
    int from = next;
    for (int run = 0, i = 0; i < byPage.length; i++) {
      int page = (from + i) % byPage.length;
      run = page == 0 ? 0 : byPage[page] == null ? run + 1 : 0;
      if (run == count) {
        return page - count + 1;
      }
    }
    return 0;
  }

  private void forget(Sample sample) {
    pages.close(sample.start(), sample.count() * pages.size());
    for (int i = sample.first(); i < sample.first() + sample.count(); i++) {
      byPage[i] = null;
    }
  }

  /** Returns the size of the living block at this address, -1 if there is none. */
  synchronized long size(long address) {
    Sample sample = at(address);
    return sample == null || sample.address() != address || sample.freed() ? -1 : sample.size();
  }

  /** Notes the tag of a block that was just allocated. */
  synchronized void tag(long address, String tag) {
    at(address).under(tag);
  }

  /** The same as below for a caller that knows no more than C's free does. */
  synchronized List<Finding> deallocate(long address) {
    Sample sample = at(address);
    return sample == null
        ? deallocate(address, 0, 1)
        : deallocate(address, sample.size(), sample.alignment());
  }

  /** Frees what can be freed, and returns what is wrong. */
  synchronized List<Finding> deallocate(long address, long size, long alignment) {
    Sample sample = at(address);
    List<Finding> found = new ArrayList<>();
    if (sample == null) {
      found.add(Foreign.finding(address, size, "freed", "nothing is sampled there any more"));
    } else if (sample.address() != address) {
      String where =
          "An address " + (address - sample.address()) + " bytes into a block was freed.";
      found.add(sample.finding(Kind.NOT_A_BLOCK, where));
    } else if (sample.freed()) {
      found.add(sample.finding(Kind.FREED_TWICE, "A block was freed after it had been freed."));
    } else {
      free(sample, size, alignment, found);
    }
    return found;
  }

  private void free(Sample sample, long size, long alignment, List<Finding> found) {
    if (size != sample.size()) {
      String what = "A block was freed as one of " + size + " bytes.";
      found.add(sample.finding(Kind.WRONG_SIZE, what));
    }
    if (alignment != sample.alignment()) {
      String what = "A block was freed as one of alignment " + alignment + ".";
      found.add(sample.finding(Kind.WRONG_ALIGNMENT, what));
    }
    sample.inspect(found);
    sample.freeAt(Sites.here(), Sites.thread());
    live -= sample.count();
    pages.close(sample.start(), sample.end() - sample.start(), sample.freedLabel());
    pages.close(sample.end(), pages.size(), sample.label());
    freed.addLast(sample);
  }

  synchronized List<Finding> verify() {
    List<Finding> found = new ArrayList<>();
    forEachLive(sample -> sample.inspect(found));
    return found;
  }

  synchronized List<Leak> leaks() {
    Leaks leaks = new Leaks();
    forEachLive(sample -> leaks.add(sample.size(), sample.site(), sample.thread()));
    return leaks.sorted();
  }

  private void forEachLive(Consumer<Sample> action) {
    for (int i = 0; i < byPage.length; i++) {
      Sample sample = byPage[i];
      if (sample != null && sample.first() == i && !sample.freed()) {
        action.accept(sample);
      }
    }
  }
}
