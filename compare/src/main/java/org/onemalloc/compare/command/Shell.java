package org.onemalloc.compare.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.onemalloc.compare.command.Arguments.Syntax;

/** What a shell executes: the file or the text that its arguments name. */
final class Shell {
  static final Set<String> NAMES = Set.of("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh");

  private static final Syntax SYNTAX = Syntax.of("oO");

  private Shell() {}

  /** Returns what a shell starts that is given these arguments. */
  static Started started(List<String> words) {
    Arguments arguments = Arguments.of(words, SYNTAX);
    List<String> operands = arguments.operands();
    if (operands.isEmpty()) {
      return Started.nothing();
    }
    if (!arguments.has("c")) {
      return arguments.has("s") ? Started.nothing() : Started.script(operands.getFirst());
    }
    String text = operands.getFirst();
    List<List<String>> commands = ShellText.of(text).commands();
    return commands.size() != 1 || ShellText.isAssignment(commands.getFirst().getFirst())
        ? Started.text(text)
        : Started.command(expanded(commands.getFirst(), operands));
  }

  /** Returns the command of a program that gives a text to a shell. */
  static List<String> command(String text) {
    return List.of("sh", "-c", text);
  }

  /** Replaces the shell's own arguments: {@code $0} is the first after the text. */
  private static List<String> expanded(List<String> words, List<String> operands) {
    List<String> expanded = new ArrayList<>();
    for (String word : words) {
      if (word.equals("$@")) {
        expanded.addAll(operands.stream().skip(2).toList());
      } else if (word.equals("$0") && operands.size() > 1) {
        expanded.add(operands.get(1));
      } else {
        expanded.add(word);
      }
    }
    return expanded.isEmpty() ? words : expanded;
  }
}
