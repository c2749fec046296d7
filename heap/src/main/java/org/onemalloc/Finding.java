package org.onemalloc;

/**
 * A mistake that checked mode found.
 *
 * @param kind the kind of mistake
 * @param what what was wrong, in one sentence
 * @param address the address of the block, or the address that was passed as one
 * @param size the size that the block was allocated with, in bytes; -1 if there is no such block
 * @param alignment the alignment that the block was allocated with; -1 if there is no such block
 * @param found where it was found
 * @param allocated where the block was allocated
 * @param freed where the block was freed, if it was
 */
public record Finding(
    Kind kind,
    String what,
    long address,
    long size,
    long alignment,
    Trace found,
    Trace allocated,
    Trace freed) {

  /** The kinds of mistakes. */
  public enum Kind {
    /** Freed, reallocated or queried with a size that is not a legal size of the block. */
    WRONG_SIZE,
    /** The same with an alignment that is not the block's. */
    WRONG_ALIGNMENT,
    /** Freed or reallocated after it was freed. */
    FREED_TWICE,
    /**
     * An address that is not a block's: inside a block, of another allocator, or of nothing at all.
     */
    NOT_A_BLOCK,
    /** Bytes past the end of the block were written. */
    WRITTEN_PAST_END,
    /** Bytes before the block were written. */
    WRITTEN_BEFORE_START,
    /** Bytes of the block were written after it was freed. */
    WRITTEN_AFTER_FREE
  }

  /** Returns the report: what was wrong, the block, and where it was found, allocated and freed. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append('[').append(kind).append("] ").append(what);
    if (size >= 0) {
      text.append("\n  the block: ").append(size).append(" bytes at 0x");
      text.append(Long.toHexString(address)).append(", alignment ").append(alignment);
    }
    found.appendTo(text, "found");
    allocated.appendTo(text, "allocated");
    freed.appendTo(text, "freed");
    return text.toString();
  }
}
