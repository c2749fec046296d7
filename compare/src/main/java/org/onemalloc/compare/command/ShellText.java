package org.onemalloc.compare.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The simple commands in a text for a shell, as words without their quotes (POSIX, Shell Command
 * Language, 2.3). Nothing is expanded, and the structure of the text is ignored: whether and how
 * often a command is executed is not known. The body of a here-document is taken for commands.
 *
 * @param commands the commands in the order of the text, without reserved words and redirections;
 *     assignments before a command's name are its first words
 */
public record ShellText(List<List<String>> commands) {
  private static final String SEPARATORS = ";&|\n()`";
  private static final String BLANKS = " \t\r";
  private static final Set<String> RESERVED =
      Set.of("if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}");

  /** Returns the commands of a text. */
  public static ShellText of(String text) {
    return new Reader(text).read();
  }

  /** Returns whether a word before the name of a command assigns a variable. */
  static boolean isAssignment(String word) {
    return word.matches("(?s)[A-Za-z_][A-Za-z0-9_]*\\+?=.*");
  }

  private static final class Reader {
    private final String text;
    private final List<List<String>> commands = new ArrayList<>();
    private List<String> command = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean inWord;
    private boolean isTarget;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    ShellText read() {
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == '\'') {
          take(c);
        } else if (c == '"') {
          takeDouble();
        } else if (c == '\\' && at < text.length()) {
          escaped(text.charAt(at++));
        } else if (c == '<' || c == '>') {
          redirect();
        } else if (c == '#' && !inWord) {
          skipComment();
        } else if (SEPARATORS.indexOf(c) >= 0) {
          endCommand();
        } else if (BLANKS.indexOf(c) >= 0) {
          endWord();
        } else {
          add(c);
        }
      }
      endCommand();
      return new ShellText(List.copyOf(commands));
    }

    private void add(char c) {
      word.append(c);
      inWord = true;
    }

    /** A backslash before the end of a line continues the line. */
    private void escaped(char c) {
      if (c != '\n') {
        add(c);
      }
    }

    private void take(char quote) {
      inWord = true;
      while (at < text.length() && text.charAt(at) != quote) {
        add(text.charAt(at++));
      }
      at++;
    }

    private void takeDouble() {
      inWord = true;
      while (at < text.length() && text.charAt(at) != '"') {
        char c = text.charAt(at++);
        if (c == '\\' && at < text.length() && "$`\"\\\n".indexOf(text.charAt(at)) >= 0) {
          escaped(text.charAt(at++));
        } else {
          add(c);
        }
      }
      at++;
    }

    /** The number before a redirection and the word after it are no words of the command. */
    private void redirect() {
      if (word.chars().allMatch(Character::isDigit)) {
        word.setLength(0);
        inWord = false;
      }
      endWord();
      while (at < text.length() && "<>&|".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      isTarget = true;
    }

    private void skipComment() {
      while (at < text.length() && text.charAt(at) != '\n') {
        at++;
      }
    }

    private void endWord() {
      boolean first = command.stream().allMatch(ShellText::isAssignment);
      if (inWord && !isTarget && !(first && RESERVED.contains(word.toString()))) {
        command.add(word.toString());
      }
      isTarget &= !inWord;
      word.setLength(0);
      inWord = false;
    }

    private void endCommand() {
      endWord();
      isTarget = false;
      if (!command.isEmpty()) {
        commands.add(List.copyOf(command));
        command = new ArrayList<>();
      }
    }
  }
}
