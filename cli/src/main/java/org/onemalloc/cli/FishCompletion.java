package org.onemalloc.cli;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes the completion for fish, which picocli does not support (its issue 725). */
final class FishCompletion {
  private FishCompletion() {}

  static String of(CommandSpec command) {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    String name = command.name();
    lines.add("complete -c %s -n __fish_use_subcommand -f".formatted(name));
    command.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .forEach(
            each ->
                lines.add(
                    "complete -c %s -n __fish_use_subcommand -a %s -d %s"
                        .formatted(name, each.name(), quoted(summary(each)))));
    options(lines, name, "__fish_use_subcommand", command);
    for (CommandLine each : command.subcommands().values()) {
      String condition = "'__fish_seen_subcommand_from %s'".formatted(each.getCommandName());
      options(lines, name, condition, each.getCommandSpec());
    }
    return lines.toString();
  }

  private static void options(
      StringJoiner lines, String name, String condition, CommandSpec command) {
    for (OptionSpec option : command.options()) {
      if (option.hidden()) {
        continue;
      }
      StringBuilder line = new StringBuilder("complete -c " + name + " -n " + condition);
      for (String word : option.names()) {
        line.append(word.startsWith("--") ? " -l " : " -s ").append(word.replaceFirst("^-+", ""));
      }
      line.append(option.arity().max() > 0 ? " -r" : "");
      line.append(" -d ").append(quoted(String.join(" ", option.description())));
      lines.add(line);
    }
  }

  private static String summary(CommandSpec command) {
    List<String> description = List.of(command.usageMessage().description());
    return description.isEmpty() ? "" : description.getFirst();
  }

  private static String quoted(String text) {
    String plain = String.format(Locale.ROOT, text);
    return "'" + plain.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
