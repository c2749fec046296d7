package org.onemalloc.profile;

/**
 * Thrown when a program or process cannot be profiled; the message is one sentence for the user.
 */
public final class ProfileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ProfileException(String message) {
    super(message);
  }

  ProfileException(String message, Throwable cause) {
    super(message, cause);
  }
}
