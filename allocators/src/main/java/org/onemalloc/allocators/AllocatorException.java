package org.onemalloc.allocators;

/**
 * Thrown when an allocator is not available: its name is unknown, its file is missing, is not a
 * shared library or is for another architecture, or a derived library cannot be written.
 *
 * <p>The message is one sentence for the user: what was wrong, where, and what to do. The command
 * line prints it and ends with exit code 2.
 */
public final class AllocatorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence: what was wrong, where, and what to do
   */
  public AllocatorException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message one sentence: what was wrong, where, and what to do
   * @param cause what failed underneath
   */
  public AllocatorException(String message, Throwable cause) {
    super(message, cause);
  }
}
