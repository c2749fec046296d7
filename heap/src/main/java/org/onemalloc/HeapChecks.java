package org.onemalloc;

import java.util.List;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.checked.FullHeap;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Arguments;

/**
 * Checked mode: finds mistakes in the use of native memory. The system property {@code
 * onemalloc.checked} chooses it, read at the first use of {@link Heap}; nothing in a program
 * changes.
 *
 * <table>
 * <caption>Values of the system property {@code onemalloc.checked}</caption>
 * <tr><td>{@code off}</td><td>the default: costs nothing</td></tr>
 * <tr><td>{@code sampled}</td><td>a few blocks a second live on pages of their own, behind which
 * lies one that nobody may touch, and which nobody may touch once the block is freed. For
 * production: {@code docs/checked.md} has what it costs. Linux only</td></tr>
 * <tr><td>{@code full}</td><td>every block is checked: for tests. A pair costs microseconds</td></tr>
 * </table>
 *
 * <p>Both find, when a block is freed or reallocated: a wrong size or alignment, a second free, an
 * address inside of a block, and bytes written around the block. {@code full} also finds addresses
 * that are no block, writes into freed blocks (when they leave a quarantine, in {@link #verify} and
 * at exit), and leaks. In {@code sampled} a read or write of a freed block, or beyond the end of
 * one, ends the JVM on the spot, and the list of mappings in its hs_err file ("Dynamic libraries")
 * names the block at the address of the fault, who allocated it and who freed it.
 *
 * <table>
 * <caption>Further system properties</caption>
 * <tr><td>{@code onemalloc.checked.findings}</td><td>{@code throw}: the call that finds something
 * throws {@link HeapCorruptionError}; {@code print}: it goes on, having done what can be done
 * safely, and the report goes to standard error. By default {@code throw} in {@code full}, {@code
 * print} in {@code sampled}. What is found at exit is always printed</td></tr>
 * <tr><td>{@code onemalloc.checked.leaks}</td><td>{@code true} prints at exit what {@link #leaks}
 * says; {@code false} by default</td></tr>
 * <tr><td>{@code onemalloc.checked.quarantine}</td><td>how many bytes of freed blocks {@code full}
 * keeps from the allocator; 67108864 by default</td></tr>
 * <tr><td>{@code onemalloc.checked.reads}</td><td>{@code true}: in {@code full}, blocks of up to
 * 131072 bytes and an alignment of at most a page live on pages of their own, as those of {@code
 * sampled} do, so that a read out of bounds or of a freed block is found too; {@code false} by
 * default, because <a href="#c">such blocks are not malloc's</a>. 6144 may live at a time and 8191
 * live or be remembered, the oldest freed ones being forgotten first; what has no room is checked
 * as without. Linux only; elsewhere standard error says once that reads are not checked</td></tr>
 * <tr><td>{@code onemalloc.checked.period}</td><td>milliseconds between samples, 1 or more, 10 by
 * default</td></tr>
 * <tr><td>{@code onemalloc.checked.reach}</td><td>what may be sampled: {@code misses}, the default,
 * the next allocation that the thread caches do not serve (refills, large blocks, virtual threads);
 * {@code all}, also one thread's next block each time, the threads in turn. A loop that frees what
 * it allocates never leaves its cache, and only {@code all} reaches it, but makes a bare pair take 2
 * ns instead of 1</td></tr>
 * </table>
 *
 * <h2 id="c">Blocks and C</h2>
 *
 * <p>In {@code full} every block is malloc's own, but for {@code onemalloc.checked.reads}: C may
 * free it, and blocks that C allocated may be freed through the seam. Where C frees blocks of
 * Java's, what it then does with the memory cannot always be told from a mistake: {@link #leaks}
 * counts such blocks until their address is used again, {@link #verify} then no longer looks at
 * living blocks, and a free with a wrong size that C might have asked for at the same address is
 * taken for C's. Telling {@link #handOver} makes all of it exact again.
 *
 * <p>A sampled block is <em>not</em> malloc's, nor is a block of {@code full} that has pages of its
 * own because of {@code onemalloc.checked.reads}: C's free or realloc of it ends the process. A
 * program that gives blocks to C's free must call {@link #handOver} before, or use neither. (It
 * costs nothing in the other modes. Blocks of arenas are never C's to free, and {@link
 * GrowableMemory#detach} does it itself.)
 */
public final class HeapChecks {
  private HeapChecks() {}

  /** The modes. */
  public enum Mode {
    /** Nothing is checked. */
    OFF,
    /** A few blocks are checked. */
    SAMPLED,
    /** Every block is checked. */
    FULL
  }

  /**
   * Says which mode the heap is in.
   *
   * @return the mode; {@link Mode#OFF} also where {@code sampled} was asked for and the system has
   *     no room for its pages at low addresses
   * @throws HeapError if the heap cannot be bound
   */
  public static Mode mode() {
    return Front.FULL != null ? Mode.FULL : Guarded.ON ? Mode.SAMPLED : Mode.OFF;
  }

  /**
   * Looks now at the bytes around every checked block that lives, and in every freed one that is
   * still kept. May be called at any time from any thread.
   *
   * @return what was found, empty if nothing was
   * @throws HeapError if the heap cannot be bound
   */
  public static List<Finding> verify() {
    FullHeap heap = Front.FULL;
    return heap != null ? heap.verify() : Guarded.ON ? Guarded.verify() : List.of();
  }

  /**
   * Adds up the checked blocks that live, by allocating stack, thread and tag: all blocks in {@code
   * full}, the sampled ones in {@code sampled}.
   *
   * @return the sums, most bytes first
   * @throws HeapError if the heap cannot be bound
   */
  public static List<Leak> leaks() {
    FullHeap heap = Front.FULL;
    return heap != null ? heap.leaks() : Guarded.ON ? Guarded.leaks() : List.of();
  }

  /**
   * Makes a block ready for C's free, to be called just before C is given it: see <a
   * href="#c">Blocks and C</a>. A block that is not malloc's is moved, any other one stays where it
   * is. Where untagged calls are counted ({@link Heap#accounted}), the block leaves their account.
   *
   * @param address the address of the block
   * @param size a legal size of the block
   * @param alignment the alignment that the block was allocated with
   * @return the address of the block now
   * @throws IllegalArgumentException if an argument is negative or overflows, the alignment is no
   *     power of two, or {@code address} is 0
   * @throws OutOfMemoryError if the block must move and there is no other; it is untouched
   */
  public static long handOver(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    FullHeap heap = Front.FULL;
    long now = heap == null ? address : heap.handOver(address, size, alignment);
    if (Front.FRONT instanceof TaggedHeap all) {
      all.handedOver(size);
    }
    return Guarded.holds(address, size)
        ? Guarded.reallocate(ProcessHeap.CACHED.direct(), address, size, size, alignment)
        : now;
  }
}
