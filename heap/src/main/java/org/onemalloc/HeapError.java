package org.onemalloc;

/**
 * Thrown by the first use of {@link Heap} when the heap of this process cannot be bound: native
 * access is not granted, two choices contradict each other, or the requested private heap does not
 * exist.
 *
 * <p>The message is one sentence for a person: what is wrong, where, and what to do. It is an error
 * rather than an exception because a class initializer throws it: an error reaches the caller
 * unwrapped.
 */
public final class HeapError extends LinkageError {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an error.
   *
   * @param message one sentence: what is wrong, where, and what to do
   */
  public HeapError(String message) {
    super(message);
  }

  /**
   * Creates an error with a cause.
   *
   * @param message one sentence: what is wrong, where, and what to do
   * @param cause what was thrown
   */
  public HeapError(String message, Throwable cause) {
    super(message, cause);
  }
}
