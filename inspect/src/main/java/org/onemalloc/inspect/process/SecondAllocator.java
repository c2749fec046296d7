package org.onemalloc.inspect.process;

/**
 * An allocator in a process beside the provider of its {@code malloc}.
 *
 * @param file the file that contains it
 * @param use whether the process allocates with it
 * @param evidence why {@code use} is assumed, the end of a sentence
 */
public record SecondAllocator(MappedFile file, Use use, String evidence) {

  /** Whether a process allocates with a second allocator. */
  public enum Use {
    /** Calls of the process lead to it. */
    YES,
    /** It was loaded at the start, and the loader has bound no call to it. */
    NO,
    /** The process may call it through pointers that the loader has not set, or has only begun. */
    UNKNOWN
  }
}
