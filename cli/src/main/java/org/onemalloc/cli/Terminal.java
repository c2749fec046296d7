package org.onemalloc.cli;

import java.io.Console;

/** What the terminal can show. */
final class Terminal {
  private Terminal() {}

  /** Whether output goes to a person who has not said NO_COLOR (no-color.org). */
  static boolean hasColours() {
    return isInteractive() && System.getenv("NO_COLOR") == null;
  }

  /** Whether a person looks on. */
  @SuppressWarnings("SystemConsoleNull") // it is null where the default provider sees no terminal
  static boolean isInteractive() {
    Console console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }
}
