package org.onemalloc.compare;

/**
 * Thrown when a command cannot be run as asked; nothing was started. The message is one sentence
 * for a person: what is wrong, where, and what to do.
 */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether the request itself is unusable, or was found wanting by a proof. */
  private final int exitCode;

  private CommandException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CommandException unusable(String message) {
    return new CommandException(2, message);
  }

  static CommandException unproven(String message) {
    return new CommandException(1, message);
  }

  /**
   * The exit code of the command line.
   *
   * @return 2 if the input is unusable, 1 if a proof failed
   */
  public int exitCode() {
    return exitCode;
  }
}
