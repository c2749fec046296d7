package org.onemalloc.inspect.result;

/** Thrown if a subject cannot be inspected; the message is one sentence for the user. */
public final class InspectException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param message what was wrong, where, and what to do
   */
  public InspectException(String message) {
    super(message);
  }
}
