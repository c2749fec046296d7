package org.onemalloc.internal.system;

import java.util.function.Consumer;

/**
 * Mappings that were recently closed, kept for reuse: the system need not free their pages and zero
 * others, which is nearly the whole cost of growing to 64 MB.
 *
 * <p>Design. One range is kept. New mappings are taken from its front, so that a growing mapping
 * finds the memory that it needs next directly after itself, already resident, and growth is one
 * comparison. A returned range is merged with the kept one if they are adjacent; otherwise the
 * larger one is kept. Memory that is not taken for a period of the {@link Sweeper} is unmapped:
 * allocators keep pages as long or longer (jemalloc 10 seconds, mimalloc 1).
 *
 * <p>Rejected: a list of ranges by size (a growing mapping would move from one to the next each
 * time); giving a mapping the whole range at once (others would get nothing).
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
   * Makes an instance that keeps nothing.
   *
   * @param max the most that is kept, in bytes
   */
  public KeptMappings(Mappings system, long max) {
    this(system, max, Sweeper::start);
  }

  /** For tests, which call the sweeper themselves. */
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

  /** Takes at most the given number of bytes from the front. */
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

  /** Unmaps the memory that was not taken since the last call. */
  @Override
  public void sweep() {
    drop(false);
  }

  /** Unmaps all kept memory. */
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
