package org.onemalloc.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Objects;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.CommandWords;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.link.LinkException;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.profile.ProfileException;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.TerminalWriter;
import org.onemalloc.text.Text;
import org.onemalloc.top.TopException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code onemalloc}. */
@Command(
    name = "onemalloc",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "One heap per process, the best one for this program, chosen once and proven.",
    subcommands = {
      RunCommand.class,
      CompareCommand.class,
      LinkCommand.class,
      InspectCommand.class,
      ProfileCommand.class,
      TopCommand.class,
      AllocatorsCommand.class
    },
    footer = {
      "",
      "Exit codes: 0 done and proven, 1 found wanting, 2 wrong usage or unusable input.",
      "run passes the program's own code on."
    })
public final class Main {
  private Main() {}

  /**
   * Runs one command and exits with its code; with 2 if its output could not be written.
   *
   * @param arguments as typed
   */
  public static void main(String[] arguments) {
    TerminalWriter out =
        new TerminalWriter(new FileOutputStream(FileDescriptor.out), System.out.charset());
    TerminalWriter err =
        new TerminalWriter(new FileOutputStream(FileDescriptor.err), System.err.charset());
    CommandLine line = commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int exitCode = line.execute(CommandWords.ofThisProcess(arguments).toArray(String[]::new));
    line.getOut().flush();
    if (out.failure().isPresent() && !out.isAbandoned()) {
      line.getErr().println("onemalloc: " + out.sentence().orElseThrow());
      exitCode = 2;
    }
    line.getErr().flush();
    System.exit(exitCode);
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    // What follows the program's name belongs to the program, whatever it looks like.
    line.setStopAtPositional(true);
    line.getSubcommands().get("link").setStopAtPositional(false);
    line.getSubcommands().get("inspect").setStopAtPositional(false);
    line.getSubcommands().get("top").setStopAtPositional(false);
    line.setExpandAtFiles(false);
    line.setParameterExceptionHandler(Main::refuse);
    line.setExecutionExceptionHandler(Main::report);
    return line;
  }

  private static int refuse(CommandLine.ParameterException failure, String[] arguments) {
    CommandLine line = failure.getCommandLine();
    String help = line.getCommandSpec().qualifiedName() + " --help";
    line.getErr()
        .println("onemalloc: %s; see %s.".formatted(Text.escaped(failure.getMessage()), help));
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, line.getErr());
    return 2;
  }

  private static int report(Exception failure, CommandLine line, CommandLine.ParseResult parsed)
      throws Exception {
    for (String sentence : sentences(failure)) {
      line.getErr().println("onemalloc: " + Text.escaped(sentence));
    }
    if (failure instanceof CommandException refused) {
      refused.output().lines().forEach(said -> line.getErr().println("  " + Text.escaped(said)));
    }
    return switch (failure) {
      case InvalidPathException _ -> 2;
      case CommandException unusable -> unusable.exitCode();
      case AllocatorException _ -> 2;
      case LinkException unusable -> unusable.exitCode();
      case InspectException _ -> 2;
      case ObjectFileException _ -> 2;
      case ProfileException _ -> 2;
      case TopException unusable -> unusable.exitCode();
      case UsageException _ -> 2;
      case IOException _ -> 2;
      case UncheckedIOException _ -> 2;
      default -> throw failure;
    };
  }

  private static List<String> sentences(Throwable failure) {
    return switch (failure) {
      case InvalidPathException unnamed -> List.of(unnamed(unnamed.getInput()));
      case OutputException unwritten -> unwritten.sentences();
      case UncheckedIOException wrapper -> sentences(wrapper.getCause());
      case FileSystemException e ->
          List.of(
              "%s: %s."
                  .formatted(e.getFile(), Objects.requireNonNullElse(e.getReason(), e.toString())));
      default -> List.of(Objects.requireNonNullElse(failure.getMessage(), failure.toString()));
    };
  }

  /** Java can only name files in the encoding of the locale, which the script sets to UTF-8. */
  private static String unnamed(String path) {
    return path.chars().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
        ? path + " is not a name in UTF-8: give the file another name, or a link to it."
        : path + " cannot be named under this locale: set LC_ALL=C.UTF-8.";
  }
}
