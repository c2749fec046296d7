package org.onemalloc;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What is in the heap of this process, by its own accounts and by its allocator's. All sizes are in
 * bytes. The figures are read one after the other, while other threads continue.
 *
 * @param allocator the allocator's name, as in {@link Binding#allocator()}
 * @param version its version as it reports it, empty if it reports none
 * @param tags what lives under each tag, a tag before those below it; the untagged calls come
 *     first, and only in accounting mode ({@code -Donemalloc.accounting=on})
 * @param sizes what lives by size; empty without accounting mode
 * @param threads what each thread allocated and freed; empty without accounting mode
 * @param caches what the thread caches hold
 * @param provider what the allocator reports
 * @param escapedBytes blocks in use in glibc's own heap while the process heap is another's: what
 *     some part of the process allocated past it. Empty where glibc's is the process heap, or there
 *     is none
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
   * What lives of some sizes.
   *
   * @param upTo the largest size counted here, a power of two; the smallest is half of it and 1
   * @param bytes live bytes
   * @param blocks live blocks
   */
  public record SizeClass(long upTo, long bytes, long blocks) {}

  /**
   * What a thread did since it began. A block that another thread frees is that one's to count, so
   * the difference is what lives only where threads free their own.
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
   * What is kept for the next call: free blocks in thread caches, and mappings.
   *
   * @param threads threads and handles that have a cache
   * @param bytes the most that all caches can hold as they are now, with their own tables
   * @param depotRows rows of blocks on the way from one thread to another
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
   * @param allocated bytes of blocks in use, thread caches of this library and of the allocator's
   *     own included as the allocator sees fit; empty if it does not report them (jemalloc built
   *     without statistics, mimalloc)
   * @param active bytes of the pages that have such blocks, or are kept for them
   * @param resident bytes of memory that all of the allocator takes
   * @param retained bytes of addresses that it keeps although their memory was returned
   */
  public record Provider(
      OptionalLong allocated, OptionalLong active, OptionalLong resident, OptionalLong retained) {
    /**
     * The share of active memory that is in no block.
     *
     * @return 0 to 1, empty where either is not known
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
   * @return bytes as asked for
   */
  public long liveBytes() {
    long sum = 0;
    for (Usage usage : tags) {
      sum += usage.bytes();
    }
    return sum;
  }

  /** Returns all of it for a person. */
  @Override
  public String toString() {
    return StatisticsText.of(this);
  }
}
