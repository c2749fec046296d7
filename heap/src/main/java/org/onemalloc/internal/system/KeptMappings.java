package org.onemalloc.internal.system;

import java.util.function.Consumer;

/**
 * Mappings that were unmapped lately, kept for the next ones: the system need not take their pages
 * away and zero others, which is nearly all that growing to 64 MB costs.
 *
 * <p>Design. One range is kept. New mappings are cut off its front, so that a mapping that grows
 * finds what it needs next right after itself, already resident, and growth is one comparison. A
 * range that is given back joins the kept one where they are neighbours; where they are not, the
 * larger one stays. What is not taken for a period of the {@link Sweeper} is unmapped: an
 * allocator's pages wait as long or longer (jemalloc's 10 seconds, mimalloc's 1).
 *
 * <p>Rejected: a list of ranges by size (a mapping that grows would move from one to the next, and
 * leave its own each time); giving a mapping the whole range at once (a small one would keep it all
 * from others).
 *
 * <p>The contents are those of the previous owner.
 */
public final class KeptMappings implements Mappings, Swept {
  private final Mappings system;
  private final long max;
  private final Consumer<Swept> sweeper;
  private long start;
  private long size;
  private long least;
  private boolean swept;

  /**
   * Makes one that keeps nothing yet.
   *
   * @param max the most that is kept, in bytes
   */
  public KeptMappings(Mappings system, long max) {
    this(system, max, Sweeper::start);
  }

  /** Tests sweep by themselves, at moments of their choice. */
  KeptMappings(Mappings system, long max, Consumer<Swept> sweeper) {
    this.system = system;
    this.max = max & -HUGE;
    this.sweeper = sweeper;
  }

  /** Returns how many bytes are kept. */
  public synchronized long bytes() {
    return size;
  }

  @Override
  public long map(long bytes) {
    long got;
    long address;
    synchronized (this) {
      address = start;
      got = cut(bytes);
    }
    if (got == bytes) {
      return address;
    }
    long whole = got == 0 ? system.map(bytes) : system.remap(address, got, bytes);
    if (whole == 0 && got != 0) {
      system.unmap(address, got);
      whole = system.map(bytes);
    }
    return whole;
  }

  @Override
  public long remap(long address, long oldSize, long newSize) {
    if (newSize < oldSize) {
      unmap(address + newSize, oldSize - newSize);
      return address;
    }
    long end = address + oldSize;
    long got;
    synchronized (this) {
      got = end == start ? cut(newSize - oldSize) : 0;
    }
    if (oldSize + got == newSize) {
      return address;
    }
    long moved = system.remap(address, oldSize + got, newSize);
    if (moved == 0 && got != 0) {
      unmap(end, got);
    }
    return moved;
  }

  /** Takes at most so many bytes off the front. */
  private long cut(long bytes) {
    long got = Math.min(bytes, size);
    start += got;
    size -= got;
    least = Math.min(least, size);
    return got;
  }

  @Override
  public void unmap(long address, long bytes) {
    long otherStart = address;
    long other = 0;
    long excess;
    long end;
    synchronized (this) {
      if (size != 0 && address + bytes == start) {
        start = address;
        size += bytes;
      } else if (size != 0 && start + size == address) {
        size += bytes;
      } else if (bytes > size) {
        otherStart = start;
        other = size;
        start = address;
        size = bytes;
        least = 0;
      } else {
        other = bytes;
      }
      excess = Math.max(0, size - max);
      size -= excess;
      end = start + size;
      sweepFromNowOn();
    }
    drop(otherStart, other);
    drop(end, excess);
  }

  private void drop(long address, long bytes) {
    if (bytes != 0) {
      system.unmap(address, bytes);
    }
  }

  private void sweepFromNowOn() {
    if (!swept) {
      swept = true;
      sweeper.accept(this);
    }
  }

  /** Unmaps what was not taken since the last call. */
  @Override
  public void sweep() {
    drop(false);
  }

  /** Unmaps all that is kept. */
  public void drain() {
    drop(true);
  }

  private void drop(boolean all) {
    long end;
    long idle;
    synchronized (this) {
      end = start + size;
      idle = all ? size : least;
      size -= idle;
      least = size;
    }
    drop(end - idle, idle);
  }
}
