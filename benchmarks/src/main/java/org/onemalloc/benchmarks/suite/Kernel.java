package org.onemalloc.benchmarks.suite;

/**
 * A workload on one lane. A kernel frees all of its blocks before a repetition ends, and does the
 * same in each repetition.
 */
interface Kernel {
  /**
   * The alignment of all blocks in bytes. malloc of jemalloc, tcmalloc and mimalloc aligns blocks
   * of up to 8 bytes to no more; to ask for 16 would be to ask for more than C does.
   */
  int ALIGNMENT = 8;

  /**
   * Does one repetition.
   *
   * @return the checksum of this lane: sizes, indices and read contents in their order, by {@link
   *     #mix}
   */
  long repeat();

  /** Adds a value to a checksum, so that the order of the values matters. */
  static long mix(long sum, long value) {
    return Long.rotateLeft(sum, 7) + value;
  }
}
