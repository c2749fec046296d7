package org.onemalloc.link;

/** A target that cannot be linked, or was found wanting. The message is for a person. */
public final class LinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean unproven;

  private LinkException(boolean unproven, String message, Throwable cause) {
    super(message, cause);
    this.unproven = unproven;
  }

  /**
   * A target or a command that cannot be used.
   *
   * @param message one sentence: what was wrong, where, and what to do
   * @return the exception
   */
  public static LinkException unusable(String message) {
    return new LinkException(false, message, null);
  }

  static LinkException unusable(String message, Throwable cause) {
    return new LinkException(false, message, cause);
  }

  /**
   * Something that was found wanting.
   *
   * @param message one sentence: what was found, where, and what to do
   * @return the exception
   */
  public static LinkException unproven(String message) {
    return new LinkException(true, message, null);
  }

  /**
   * The exit code of the command.
   *
   * @return 1 if a proof failed, 2 if the target cannot be used
   */
  public int exitCode() {
    return unproven ? 1 : 2;
  }
}
