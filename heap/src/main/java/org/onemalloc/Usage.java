package org.onemalloc;

import java.util.OptionalLong;

/**
 * The live bytes and blocks of a tag: requested bytes, without what the allocator adds.
 *
 * <p>Exact while no call of the tag is under way, and never off by more than the calls under way.
 * Blocks freed under another tag than they were allocated with make one tag too low and the other
 * too high, as do blocks of C; the sum of all tags stays right for the former.
 *
 * @param tag the tag, {@code (untagged)} for calls of {@link Heap} itself in accounting mode
 * @param bytes live bytes of this tag itself
 * @param blocks live blocks of this tag itself; blocks of size 0 do not count
 * @param totalBytes live bytes of this tag and all below it
 * @param totalBlocks live blocks of this tag and all below it
 * @param limit the most that {@code totalBytes} may be, empty if there is none
 */
public record Usage(
    String tag, long bytes, long blocks, long totalBytes, long totalBlocks, OptionalLong limit) {
  static final String UNTAGGED = "(untagged)";

  /**
   * Returns whether these are the calls of {@link Heap} itself, see {@link Heap#accounted}.
   *
   * @return true for the account that all tags are below
   */
  public boolean isUntagged() {
    return tag.equals(UNTAGGED);
  }
}
