package org.onemalloc;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Statistics of the heap of this process, by its own accounts and by its allocator's. All sizes are
 * in bytes. The figures are read one after the other, while other threads continue.
 *
 * @param allocator the allocator's name, as in {@link Binding#allocator()}
 * @param version its version as it reports it, empty if it reports none
 * @param tags the usage of each tag, a tag before those below it; the untagged calls come first,
 *     and only in accounting mode ({@code -Donemalloc.accounting=on})
 * @param sizes live blocks by size; empty without accounting mode
 * @param threads what each thread allocated and freed; empty without accounting mode
 * @param caches the content of the thread caches
 * @param provider what the allocator reports
 * @param escapedBytes memory in use in glibc's own heap while the process heap is another's, which
 *     some part of the process allocated outside it; empty if the process heap is glibc's, or there
 *     is no glibc
 */
public record HeapStatistics(
    String allocator,
    String version,
    List<Usage> tags,
    List<SizeClass> sizes,
    List<ThreadUsage> threads,
    Caches caches,
    Provider provider,
    OptionalLong escapedBytes) {

  /** Creates the record with copies of its lists. */
  public HeapStatistics {
    tags = List.copyOf(tags);
    sizes = List.copyOf(sizes);
    threads = List.copyOf(threads);
  }

  /**
   * The live blocks of some sizes.
   *
   * @param upTo the largest size counted here, a power of two; the smallest is half of it and 1
   * @param bytes live bytes
   * @param blocks live blocks
   */
  public record SizeClass(long upTo, long bytes, long blocks) {}

  /**
   * The calls of a thread since it began. A block is counted as freed by the thread that frees it,
   * so the difference is what is live only if threads free their own blocks.
   *
   * @param name the thread's name when it first allocated
   * @param id its id; 0 for all virtual and ended threads together
   * @param allocatedBytes bytes it allocated
   * @param allocatedBlocks blocks it allocated
   * @param freedBytes bytes it freed
   * @param freedBlocks blocks it freed
   */
  public record ThreadUsage(
      String name,
      long id,
      long allocatedBytes,
      long allocatedBlocks,
      long freedBytes,
      long freedBlocks) {}

  /**
   * Memory that is kept for reuse: free blocks in thread caches, and mappings.
   *
   * @param threads threads and handles that have a cache
   * @param bytes the most that all caches can hold at their present size, with their own tables
   * @param depotRows rows of blocks in depots, between threads
   * @param depotBytes the most that these hold
   * @param mappedBytes mappings that {@link GrowableMemory} no longer uses and has not returned
   */
  public record Caches(
      int threads, long bytes, long depotRows, long depotBytes, long mappedBytes) {}

  /**
   * What the allocator reports, and by which function:
   *
   * <table>
   * <caption>Sources</caption>
   * <tr><td></td><td>jemalloc, mallctl</td><td>tcmalloc, MallocExtension</td><td>glibc,
   * mallinfo2</td><td>mimalloc</td></tr>
   * <tr><td>allocated</td><td>stats.allocated</td><td>generic.current_allocated_bytes</td>
   * <td>uordblks + hblkhd</td><td></td></tr>
   * <tr><td>active</td><td>stats.active</td><td>generic.heap_size less pageheap_free and
   * pageheap_unmapped</td><td>arena + hblkhd</td><td>current_commit of mi_process_info</td></tr>
   * <tr><td>resident</td><td>stats.resident</td><td>generic.total_physical_bytes</td>
   * <td></td><td></td></tr>
   * <tr><td>retained</td><td>stats.retained</td><td>tcmalloc.pageheap_unmapped_bytes</td>
   * <td></td><td></td></tr>
   * </table>
   *
   * @param allocated bytes of blocks in use, as the allocator counts them, with those in thread
   *     caches of this library; empty if it does not report them (jemalloc built without
   *     statistics, mimalloc)
   * @param active bytes of the pages that have such blocks, or are kept for them
   * @param resident bytes of memory that the whole allocator takes
   * @param retained bytes of addresses that it keeps although their memory was returned
   */
  public record Provider(
      OptionalLong allocated, OptionalLong active, OptionalLong resident, OptionalLong retained) {
    /**
     * Returns the share of active memory that is in no block.
     *
     * @return 0 to 1; empty if either figure is not known
     */
    public OptionalDouble fragmentation() {
      return allocated.isEmpty() || active.isEmpty() || active.getAsLong() <= 0
          ? OptionalDouble.empty()
          : OptionalDouble.of(Math.max(0, 1 - (double) allocated.getAsLong() / active.getAsLong()));
    }
  }

  /**
   * Returns the live bytes of all tags together, and of untagged calls in accounting mode.
   *
   * @return the requested bytes
   */
  public long liveBytes() {
    long sum = 0;
    for (Usage usage : tags) {
      sum += usage.bytes();
    }
    return sum;
  }

  /** Returns all figures as text. */
  @Override
  public String toString() {
    return StatisticsText.of(this);
  }
}
