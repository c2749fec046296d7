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
 * <tr><td>{@code sampled}</td><td>a few blocks a second, the <em>guarded</em> ones, live on pages
 * of their own, followed by a page that faults; once a block is freed, all of its pages fault. For
 * production: {@code docs/checked.md} has what it costs. Linux only</td></tr>
 * <tr><td>{@code full}</td><td>every block is checked: for tests. A pair costs
 * microseconds</td></tr>
 * </table>
 *
 * <p>Both find, when a block is freed or reallocated: a wrong size or alignment, a second free, an
 * address inside a block, and bytes written around the block. {@code full} also finds addresses
 * that are not blocks, writes into freed blocks (when they leave a quarantine, in {@link #verify}
 * and at exit), and leaks. In {@code sampled} a read or write of a freed block, or past the end of
 * a block, ends the JVM at once, and the list of mappings in its hs_err file ("Dynamic libraries")
 * names the block at the address of the fault, who allocated it and who freed it.
 *
 * <table>
 * <caption>Further system properties</caption>
 * <tr><td>{@code onemalloc.checked.findings}</td><td>{@code throw}: the call that finds something
 * throws {@link HeapCorruptionError}; {@code print}: it does what can be done safely and returns,
 * and the report is written to standard error. By default {@code throw} in {@code full}, {@code
 * print} in {@code sampled}. What is found at exit is always printed</td></tr>
 * <tr><td>{@code onemalloc.checked.leaks}</td><td>{@code true} prints at exit what {@link #leaks}
 * returns; {@code false} by default</td></tr>
 * <tr><td>{@code onemalloc.checked.quarantine}</td><td>how many bytes of freed blocks {@code full}
 * withholds from the allocator; 67108864 by default</td></tr>
 * <tr><td>{@code onemalloc.checked.reads}</td><td>{@code true}: in {@code full}, blocks of up to
 * 131072 bytes and an alignment of at most a page live on pages of their own, as those of {@code
 * sampled} do, so that a read out of bounds or of a freed block is found too; {@code false} by
 * default, because <a href="#c">such blocks are not malloc's</a>. At most 6144 such blocks are live at a time, and 8191 are live or remembered, the oldest freed ones being forgotten first; others are
 * checked as without this property. Linux only; elsewhere one line on standard error states that
 * reads are not checked</td></tr>
 * <tr><td>{@code onemalloc.checked.period}</td><td>milliseconds between two guarded blocks, 1 or
 * more, 10 by default</td></tr>
 * <tr><td>{@code onemalloc.checked.reach}</td><td>which blocks may be guarded: with {@code misses},
 * the default, that of the next allocation that the thread caches do not serve (refills, large
 * blocks, virtual threads); with {@code all}, also one thread's next block each time, the threads
 * in turn. A loop that frees what it allocates never leaves its cache, so only {@code all} reaches
 * it; a bare pair then takes 2 ns instead of 1</td></tr>
 * </table>
 *
 * <h2 id="c">Blocks and C</h2>
 *
 * <p>In {@code full} every block is malloc's own (except with {@code onemalloc.checked.reads}): C
 * may free it, and blocks that C allocated may be freed through the seam. Where C frees blocks of
 * Java's, its further use of the memory cannot always be told from a mistake: {@link #leaks} counts
 * such blocks until their address is used again, {@link #verify} then does not check live blocks,
 * and a free with a wrong size that C might have asked for at the same address is taken for C's.
 * Calling {@link #handOver} first makes all of it exact again.
 *
 * <p>A guarded block is <em>not</em> malloc's, nor is a block of {@code full} that has pages of its
 * own because of {@code onemalloc.checked.reads}: C's free or realloc of it ends the process. A
 * program that passes blocks to C's free must call {@link #handOver} first, or use neither. (The
 * call costs nothing in the other modes. C must never free blocks of arenas, and {@link
 * GrowableMemory#detach} makes the call itself.)
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
   * Returns the mode of the heap.
   *
   * @return the mode; {@link Mode#OFF} also if {@code sampled} was requested and the system has no
   *     room for its pages at low addresses
   * @throws HeapError if the heap cannot be bound
   */
  public static Mode mode() {
    return Front.FULL != null ? Mode.FULL : Guarded.ON ? Mode.SAMPLED : Mode.OFF;
  }

  /**
   * Inspects the bytes around every checked block that lives, and in every freed one that is still
   * kept. May be called at any time from any thread.
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
   * full}, the guarded ones in {@code sampled}.
   *
   * @return the sums, most bytes first
   * @throws HeapError if the heap cannot be bound
   */
  public static List<Leak> leaks() {
    FullHeap heap = Front.FULL;
    return heap != null ? heap.leaks() : Guarded.ON ? Guarded.leaks() : List.of();
  }

  /**
   * Prepares a block for C's free, just before it is passed to C: see <a href="#c">Blocks and
   * C</a>. A block that is not malloc's is moved, any other stays where it is. Where untagged calls
   * are counted ({@link Heap#accounted}), the block leaves their account.
   *
   * @param address the address of the block
   * @param size a legal size of the block
   * @param alignment the alignment that the block was allocated with
   * @return the address of the block now
   * @throws IllegalArgumentException if an argument is negative or overflows, the alignment is not
   *     a power of two, or {@code address} is 0
   * @throws OutOfMemoryError if the block must move and the allocator has no other; it is untouched
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
