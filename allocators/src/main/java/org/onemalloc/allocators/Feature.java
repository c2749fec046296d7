package org.onemalloc.allocators;

/** What an allocator offers beyond the malloc family. */
public enum Feature {
  /** Counts what is allocated and resident, and says so on request. */
  STATISTICS("stats"),
  /** Samples allocations by call stack. */
  PROFILING("profiling"),
  /** Has a free that uses the size that it is given: {@code sdallocx}, {@code tc_free_sized}. */
  SIZED_FREE("sized-free"),
  /** Can resize a block without moving it: {@code xallocx}, {@code mi_expand}. */
  RESIZE_IN_PLACE("in-place-resize");

  private final String word;

  Feature(String word) {
    this.word = word;
  }

  /** Returns the stable word for this feature, used in listings and JSON. */
  public String word() {
    return word;
  }
}
