package org.onemalloc.internal.checked;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.Allocator;
import org.onemalloc.Finding;
import org.onemalloc.internal.system.Arguments;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Platform;

/**
 * The mode {@code full} with {@code onemalloc.checked.reads}: blocks have pages of their own, so
 * that a read out of bounds faults too. All other blocks are those of the heap behind this one.
 *
 * <p>Each block has a slot, and none is larger than one: the search for a free slot then ends at
 * once, and the number of mappings is bounded. A block needs three mappings, for itself, for the
 * page after it and for the rest of its slot. In all that is 24,576 of the 65,530 mappings that a
 * process may have (the default of vm.max_map_count on Linux), which leaves enough for the JVM.
 */
public final class ReadCheckedHeap implements FullHeap {
  /** Larger blocks, in bytes, have pattern bytes and no pages of their own. */
  static final long SIZE_MAX = 128 * 1024;

  /** The most blocks that are live or remembered; at most three quarters of them are live. */
  private static final int SLOTS = 8192;

  /** The number of bytes before each block that are checked. */
  private static final int BEFORE = 16;

  private final CheckedHeap rest;
  private final GuardedRegion region;

  ReadCheckedHeap(CheckedHeap rest, GuardedRegion region) {
    this.rest = rest;
    this.region = region;
  }

  /**
   * Returns a checking heap in front of another, or that one where the system has no such pages.
   */
  public static FullHeap inFrontOf(CheckedHeap rest, Platform platform) {
    GuardedRegion region = GuardedRegion.slots(SLOTS, SIZE_MAX, BEFORE, platform);
    if (region == null) {
      Findings.say("reads are not checked: guard pages are not available on this system.");
      return rest;
    }
    return new ReadCheckedHeap(rest, region);
  }

  private boolean apart(long address) {
    return address >= region.base() && address < region.limit();
  }

  @Override
  public long allocate(long size, long alignment) {
    long address = pages(size, alignment);
    if (address == 0) {
      return rest.allocate(size, alignment);
    }
    Patterns.fill(address, size, Patterns.NEW);
    return address;
  }

  /** New pages are zero. */
  @Override
  public long allocateZeroed(long size, long alignment) {
    long address = pages(size, alignment);
    return address == 0 ? rest.allocateZeroed(size, alignment) : address;
  }

  private long pages(long size, long alignment) {
    Arguments.check(size, alignment);
    return size > 0 && size <= SIZE_MAX ? region.allocate(size, alignment) : 0;
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    if (!apart(address)) {
      rest.deallocate(address, size, alignment);
      return;
    }
    Arguments.check(address, size, alignment);
    Findings.report(region.deallocate(address, size, alignment));
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    return apart(address)
        ? move(this, "reallocated", address, oldSize, newSize, alignment)
        : rest.reallocate(this, address, oldSize, newSize, alignment);
  }

  private long move(
      Allocator to, String done, long address, long oldSize, long newSize, long alignment) {
    Findings.report(region.wrong(address, oldSize, alignment, done));
    long known = region.size(address);
    long moved = to.allocate(newSize, alignment);
    if (known >= 0) {
      Memory.copy(address, moved, Math.min(known, newSize));
      Findings.report(region.deallocate(address));
    }
    return moved;
  }

  /** Never resizes, as the heap behind this one. */
  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(newSize, alignment);
    return usableSize(address, oldSize, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    if (!apart(address)) {
      return rest.usableSize(address, size, alignment);
    }
    Arguments.check(address, size, alignment);
    Findings.report(region.wrong(address, size, alignment, "queried"));
    long known = region.size(address);
    return known < 0 ? size : known;
  }

  @Override
  public long ofMalloc(long address, long size, long alignment) {
    return apart(address)
        ? move(rest, "handed over", address, size, size, alignment)
        : rest.ofMalloc(address, size, alignment);
  }

  @Override
  public long handOver(long address, long size, long alignment) {
    return rest.handOver(ofMalloc(address, size, alignment), size, alignment);
  }

  @Override
  public void tag(long address, String tag) {
    if (apart(address)) {
      region.tag(address, tag);
    } else {
      rest.tag(address, tag);
    }
  }

  @Override
  public boolean freedAsInC(long address) {
    if (!apart(address)) {
      return rest.freedAsInC(address);
    }
    Findings.report(region.deallocate(address));
    return false;
  }

  @Override
  public long size(long address) {
    return apart(address) ? region.size(address) : rest.size(address);
  }

  @Override
  public boolean knows(long address) {
    return apart(address) || rest.knows(address);
  }

  @Override
  public boolean release(long address) {
    return apart(address) ? freedAsInC(address) : rest.release(address);
  }

  @Override
  public long sizeApart(long address) {
    return apart(address) ? region.size(address) : -1;
  }

  @Override
  public List<Finding> verify() {
    List<Finding> found = new ArrayList<>(region.verify());
    found.addAll(rest.verify());
    return found;
  }

  @Override
  public void addTo(Leaks leaks) {
    region.addTo(leaks);
    rest.addTo(leaks);
  }
}
