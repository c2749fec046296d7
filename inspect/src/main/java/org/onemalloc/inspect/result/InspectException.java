package org.onemalloc.inspect.result;

/** Thrown when a subject cannot be looked at; the message is one sentence for the user. */
public final class InspectException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what was wrong, where, and what to do
   */
  public InspectException(String message) {
    super(message);
  }
}
