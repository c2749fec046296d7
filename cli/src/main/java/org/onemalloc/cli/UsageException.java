package org.onemalloc.cli;

/** Thrown when an option or argument is invalid; nothing was done. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
