package org.onemalloc.probe.process;

/**
 * A range of addresses.
 *
 * @param start the first address
 * @param end the address after the last, not less than {@code start}
 */
public record Range(long start, long end) {
  /**
   * Returns the size.
   *
   * @return bytes
   */
  public long bytes() {
    return end - start;
  }

  /**
   * Returns what two ranges have in common.
   *
   * @param other the other range
   * @return the common part; of 0 bytes if there is none
   */
  public Range common(Range other) {
    long from = Math.max(start, other.start);
    return new Range(from, Math.max(from, Math.min(end, other.end)));
  }
}
