package org.onemalloc.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes a manual page of section 1 in the macros of man(7), from picocli's model of a command. */
final class ManualPage {
  private final String version;
  private final String date;

  /** Creates a writer for pages of a version, with the date in their footer. */
  ManualPage(String version, String date) {
    this.version = version;
    this.date = date;
  }

  String of(CommandSpec command) {
    String title = command.qualifiedName("-");
    CommandLine.Help help =
        new CommandLine.Help(
            command, CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    StringBuilder page = new StringBuilder();
    page.append(
        ".TH \"%s\" \"1\" \"%s\" \"onemalloc %s\" \"User commands\"\n"
            .formatted(text(title.toUpperCase(Locale.ROOT)), date, version));
    List<String> description = lines(command.usageMessage().description());
    section(page, "NAME");
    String first = description.isEmpty() ? "" : description.getFirst();
    page.append(text(title)).append(" \\- ").append(text(first)).append('\n');
    section(page, "SYNOPSIS");
    page.append(".nf\n").append(text(help.synopsis(0).strip())).append("\n.fi\n");
    section(page, "DESCRIPTION");
    description.forEach(line -> page.append(text(line)).append("\n.PP\n"));
    arguments(page, command);
    if (!command.subcommands().isEmpty()) {
      section(page, "COMMANDS");
      command.subcommands().values().stream()
          .map(CommandLine::getCommandSpec)
          .forEach(each -> subcommand(page, title, each));
    }
    List<String> footer = lines(command.usageMessage().footer());
    if (!footer.isEmpty()) {
      section(page, "NOTES");
      page.append(".nf\n");
      footer.forEach(line -> page.append(text(line)).append('\n'));
      page.append(".fi\n");
    }
    return page.toString();
  }

  private static void arguments(StringBuilder page, CommandSpec command) {
    if (!command.positionalParameters().isEmpty()) {
      section(page, "ARGUMENTS");
      command.positionalParameters().forEach(each -> entry(page, each.paramLabel(), each));
    }
    section(page, "OPTIONS");
    for (OptionSpec option : command.options()) {
      if (!option.hidden()) {
        String value = option.arity().max() > 0 ? " " + option.paramLabel() : "";
        entry(page, String.join(", ", option.names()) + value, option);
      }
    }
  }

  private static void entry(StringBuilder page, String term, ArgSpec argument) {
    page.append(".TP\n\\fB").append(text(term)).append("\\fR\n");
    page.append(text(String.join(" ", lines(argument.description())))).append('\n');
  }

  private static void subcommand(StringBuilder page, String title, CommandSpec command) {
    List<String> description = lines(command.usageMessage().description());
    page.append(".TP\n\\fB").append(text(title + "-" + command.name())).append("\\fR(1)\n");
    page.append(text(description.isEmpty() ? "" : description.getFirst())).append('\n');
  }

  private static void section(StringBuilder page, String name) {
    page.append(".SH \"").append(name).append("\"\n");
  }

  /** Returns the lines as picocli prints them. The model contains format strings. */
  private static List<String> lines(String[] formats) {
    return List.of(formats).stream().map(each -> String.format(Locale.ROOT, each)).toList();
  }

  private static String text(String plain) {
    String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
    return escaped.replaceAll("(?m)^([.'])", "\\\\&$1");
  }
}
