package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * {@code struct rusage} of getrusage(2) on 64-bit Linux: two {@code timeval}s and fourteen longs.
 *
 * @param userNanos CPU time in user mode
 * @param systemNanos CPU time in the kernel
 * @param maxRssBytes the largest resident set of any one process. It is never less than that of the
 *     parent, because the kernel charges the parent's address space to the child until the child
 *     calls execve (exec_mmap in fs/exec.c)
 * @param minorFaults page faults without I/O
 * @param majorFaults page faults with I/O
 * @param voluntarySwitches context switches because the process waited
 * @param involuntarySwitches context switches because the process was preempted
 */
public record ResourceUsage(
    long userNanos,
    long systemNanos,
    long maxRssBytes,
    long minorFaults,
    long majorFaults,
    long voluntarySwitches,
    long involuntarySwitches) {

  /** No usage. */
  public static final ResourceUsage NONE = new ResourceUsage(0, 0, 0, 0, 0, 0, 0);

  static final long BYTES = 18 * Long.BYTES;

  static ResourceUsage read(MemorySegment usage) {
    return new ResourceUsage(
        nanos(usage, 0),
        nanos(usage, 2),
        word(usage, 4) * 1024,
        word(usage, 8),
        word(usage, 9),
        word(usage, 16),
        word(usage, 17));
  }

  /**
   * Adds the usage of another process. The largest resident set is the larger of the two.
   *
   * @param other its usage
   * @return the sum
   */
  public ResourceUsage plus(ResourceUsage other) {
    return new ResourceUsage(
        userNanos + other.userNanos,
        systemNanos + other.systemNanos,
        Math.max(maxRssBytes, other.maxRssBytes),
        minorFaults + other.minorFaults,
        majorFaults + other.majorFaults,
        voluntarySwitches + other.voluntarySwitches,
        involuntarySwitches + other.involuntarySwitches);
  }

  private static long nanos(MemorySegment usage, int index) {
    return word(usage, index) * 1_000_000_000L + word(usage, index + 1) * 1_000L;
  }

  private static long word(MemorySegment usage, int index) {
    return usage.getAtIndex(JAVA_LONG, index);
  }
}
