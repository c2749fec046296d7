package org.onemalloc.link;

/** Thrown if a target cannot be used, or if a proof fails. The message is for the user. */
public final class LinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean unproven;

  private LinkException(boolean unproven, String message, Throwable cause) {
    super(message, cause);
    this.unproven = unproven;
  }

  /**
   * Returns an exception for a target or a command that cannot be used.
   *
   * @param message one sentence: the fault, its place, and the remedy
   * @return the exception
   */
  public static LinkException unusable(String message) {
    return new LinkException(false, message, null);
  }

  static LinkException unusable(String message, Throwable cause) {
    return new LinkException(false, message, cause);
  }

  /**
   * Returns an exception for a proof that failed.
   *
   * @param message one sentence: the finding, its place, and the remedy
   * @return the exception
   */
  public static LinkException unproven(String message) {
    return new LinkException(true, message, null);
  }

  /**
   * Returns the exit code of the command.
   *
   * @return 1 if a proof failed, 2 if the target cannot be used
   */
  public int exitCode() {
    return unproven ? 1 : 2;
  }
}
