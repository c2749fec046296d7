package org.onemalloc.cli;

/** Thrown when an option cannot be used as given; nothing was done. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
