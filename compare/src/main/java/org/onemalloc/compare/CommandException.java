package org.onemalloc.compare;

/**
 * Thrown when a command cannot be run as requested, or fails even without changes. Nothing was
 * measured. The message is one sentence for the user: the fault, its place, and the remedy.
 */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** 2 if the request is unusable, 1 if the command failed. */
  private final int exitCode;

  private final String output;

  private CommandException(int exitCode, String message, String output) {
    super(message);
    this.exitCode = exitCode;
    this.output = output;
  }

  /**
   * Returns an exception for a request that cannot be carried out; the exit code is 2.
   *
   * @param message one sentence
   */
  public static CommandException unusable(String message) {
    return new CommandException(2, message, "");
  }

  static CommandException failed(String message, String output) {
    return new CommandException(1, message, output);
  }

  /**
   * Returns the last lines that the command printed before it failed.
   *
   * @return the lines; empty if the command was not run or printed nothing
   */
  public String output() {
    return output;
  }

  /**
   * Returns the exit code for the command line.
   *
   * @return 2 if the input is unusable, 1 if the command failed
   */
  public int exitCode() {
    return exitCode;
  }
}
