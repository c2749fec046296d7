package org.onemalloc.top;

/** Thrown when a process cannot be watched; the message is one sentence for the user. */
public final class TopException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  TopException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /**
   * Returns the exit code of the command.
   *
   * @return 1 if the process ended while it was watched, 2 if watching could not start
   */
  public int exitCode() {
    return exitCode;
  }
}
