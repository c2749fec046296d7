package org.onemalloc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Writes the manual pages and the shell completions from the command's own model, in the usual
 * directories of a system. {@code ./release} runs this class; it is not part of the command.
 */
final class Texts {
  private static final String ZSH =
      """
      #compdef onemalloc
      # The completion of bash, which zsh runs by its bashcompinit.
      autoload -U +X bashcompinit && bashcompinit
      compopt() { :; }  # bash's, which zsh lacks
      source ${${(%):-%x}:A:h:h:h}/bash-completion/completions/onemalloc
      _bash_complete -o default -F _complete_onemalloc
      """;

  private Texts() {}

  /**
   * Writes the files.
   *
   * @param arguments the directory {@code share}, the version, and the date of the version as
   *     yyyy-mm-dd
   * @throws IOException if a file cannot be written
   */
  static void main(String[] arguments) throws IOException {
    Path share = Path.of(arguments[0]);
    CommandLine line = Main.commandLine();
    write(
        share.resolve("bash-completion/completions/onemalloc"),
        withoutInterpreter(AutoComplete.bash("onemalloc", line)));
    write(share.resolve("zsh/site-functions/_onemalloc"), ZSH);
    write(
        share.resolve("fish/vendor_completions.d/onemalloc.fish"),
        FishCompletion.of(line.getCommandSpec()));
    Path manual = share.resolve("man/man1");
    ManualPage page = new ManualPage(arguments[1], arguments[2]);
    write(manual.resolve("onemalloc.1"), page.of(line.getCommandSpec()));
    for (CommandLine command : line.getSubcommands().values()) {
      write(
          manual.resolve("onemalloc-%s.1".formatted(command.getCommandName())),
          page.of(command.getCommandSpec()));
    }
  }

  /** Removes the interpreter line, because shells read the script and do not run it. */
  private static String withoutInterpreter(String script) {
    return script.replaceFirst("^#!.*\n", "");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
