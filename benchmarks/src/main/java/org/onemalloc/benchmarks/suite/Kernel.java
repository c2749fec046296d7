package org.onemalloc.benchmarks.suite;

/**
 * A workload on one lane. A kernel frees all of its blocks before a repetition ends, and does the
 * same in each repetition.
 */
interface Kernel {
  /** The alignment of all blocks in bytes: malloc's. */
  int ALIGNMENT = 16;

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
