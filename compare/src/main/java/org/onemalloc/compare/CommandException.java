package org.onemalloc.compare;

/**
 * Thrown when a command cannot be run as asked, or fails as it is; nothing was measured. The
 * message is one sentence for a person: what is wrong, where, and what to do.
 */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether the request itself is unusable, or was found wanting by a proof. */
  private final int exitCode;

  private final String output;

  private CommandException(int exitCode, String message, String output) {
    super(message);
    this.exitCode = exitCode;
    this.output = output;
  }

  static CommandException unusable(String message) {
    return new CommandException(2, message, "");
  }

  static CommandException unproven(String message) {
    return new CommandException(1, message, "");
  }

  static CommandException failed(String message, String output) {
    return new CommandException(1, message, output);
  }

  /**
   * What the command printed last, where it was run and failed.
   *
   * @return lines; empty if it was not run or printed nothing
   */
  public String output() {
    return output;
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
