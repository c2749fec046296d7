package org.onemalloc;

/**
 * Blocks that were not freed, of one allocating stack, thread and tag.
 *
 * @param blocks the number of blocks
 * @param bytes the sum of their requested sizes
 * @param allocated where they were allocated
 */
public record Leak(long blocks, long bytes, Trace allocated) {

  /** Returns the report. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(bytes).append(" bytes in ").append(blocks);
    text.append(blocks == 1 ? " block" : " blocks").append(" not freed");
    allocated.appendTo(text, "allocated");
    return text.toString();
  }
}
