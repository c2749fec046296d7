package org.onemalloc.compare.server;

import java.util.List;
import java.util.regex.Pattern;
import org.onemalloc.compare.command.ShellText;

/** The command of a server, which is given as one word. */
public final class ServerWords {
  /** Characters with which a shell does more than start one program (POSIX, Shell Language, 2). */
  private static final Pattern OF_A_SHELL =
      Pattern.compile("[$`;&|<>()*?\\[\\]{}~#!\\n\\\\]|^ *\\w+=");

  private ServerWords() {}

  /**
   * Returns the words of a command. A text that needs a shell becomes the argument of one; what it
   * starts is measured too, but its hazards are not predicted.
   *
   * @param text a command as it would be typed
   * @return the words, the program's name first; empty if the text has none
   */
  public static List<String> of(String text) {
    if (OF_A_SHELL.matcher(text).find()) {
      return List.of("/bin/sh", "-c", text);
    }
    List<List<String>> commands = ShellText.of(text).commands();
    return commands.isEmpty() ? List.of() : commands.getFirst();
  }
}
