package org.onemalloc.cli;

import java.io.Console;

/** The capabilities of the terminal. */
final class Terminal {
  private Terminal() {}

  /** Returns whether output goes to a terminal and NO_COLOR is not set (no-color.org). */
  static boolean hasColours() {
    return isInteractive() && System.getenv("NO_COLOR") == null;
  }

  /** Returns whether output goes to a terminal. */
  @SuppressWarnings("SystemConsoleNull") // null if the default provider finds no terminal
  static boolean isInteractive() {
    Console console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }
}
