package org.onemalloc.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.collect.CollectException;
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

/** The {@code onemalloc} command. */
@Command(
    name = "onemalloc",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "One heap per process, the best one for this program, chosen once and proven.",
    footer = {
      "",
      "Exit codes: 0 done and proven, 1 a proof or a check failed, 2 wrong usage or unusable"
          + " input.",
      "run ends with the exit code of the program."
    })
public final class Main {
  /** The subcommands, in the order of the help. */
  private static final Map<String, Supplier<Callable<Integer>>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("run", RunCommand::new);
    COMMANDS.put("compare", CompareCommand::new);
    COMMANDS.put("tune", TuneCommand::new);
    COMMANDS.put("link", LinkCommand::new);
    COMMANDS.put("inspect", InspectCommand::new);
    COMMANDS.put("profile", ProfileCommand::new);
    COMMANDS.put("top", TopCommand::new);
    COMMANDS.put("collect", CollectCommand::new);
    COMMANDS.put("allocators", AllocatorsCommand::new);
  }

  /** The subcommands whose options may follow the positional arguments. */
  private static final Set<String> OPTIONS_ANYWHERE = Set.of("link", "inspect", "top", "collect");

  private Main() {}

  /**
   * Runs one command and exits with its exit code, or with 2 if its output could not be written.
   *
   * @param arguments the words of the command line
   */
  public static void main(String[] arguments) {
    try {
      System.exit(run(CommandWords.ofThisProcess(arguments)));
    } catch (OutOfMemoryError e) {
      System.err.println(
          "onemalloc: the limits of this process are too low (%s): raise them (ulimit -a), or those of its container."
              .formatted(Objects.requireNonNullElse(e.getMessage(), "out of memory")));
      Runtime.getRuntime().halt(2); // an orderly exit starts threads
    }
  }

  /**
   * Runs one command, which prints to the standard streams.
   *
   * @return its exit code, or 2 if its output could not be written
   */
  static int run(List<String> words) {
    TerminalWriter out =
        new TerminalWriter(new FileOutputStream(FileDescriptor.out), System.out.charset());
    TerminalWriter err =
        new TerminalWriter(new FileOutputStream(FileDescriptor.err), System.err.charset());
    CommandLine line = commandLine(words);
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int exitCode = line.execute(words.toArray(String[]::new));
    line.getOut().flush();
    if (out.failure().isPresent() && !out.isAbandoned()) {
      line.getErr().println("onemalloc: " + out.sentence().orElseThrow());
      exitCode = 2;
    }
    line.getErr().flush();
    return exitCode;
  }

  /** Returns the command line parser with all subcommands. */
  static CommandLine commandLine() {
    return commandLine(List.of());
  }

  /**
   * Returns the command line parser with the subcommand that the first word names, or else with
   * all. Reading the options of one subcommand takes picocli longer than most commands run.
   */
  private static CommandLine commandLine(List<String> words) {
    CommandLine line = new CommandLine(new Main());
    String first = words.isEmpty() ? "" : words.getFirst();
    COMMANDS.forEach(
        (name, command) -> {
          if (name.equals(first) || !COMMANDS.containsKey(first)) {
            line.addSubcommand(name, command.get());
          }
        });
    // All words after the program's name belong to the program, even if they look like options.
    line.setStopAtPositional(true);
    line.getSubcommands()
        .forEach((name, each) -> each.setStopAtPositional(!OPTIONS_ANYWHERE.contains(name)));
    line.setExpandAtFiles(false);
    line.registerConverter(Path.class, Main::path);
    line.setParameterExceptionHandler(Main::refuse);
    line.setExecutionExceptionHandler(Main::report);
    return line;
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new CommandLine.TypeConversionException(unnamed(name).replaceFirst("\\.$", ""));
    }
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
      case CollectException _ -> 2;
      case InspectException _ -> 2;
      case ObjectFileException _ -> 2;
      case ProfileException _ -> 2;
      case TopException unusable -> unusable.exitCode();
      case UsageException _ -> 2;
      case IOException _ -> 2;
      case UncheckedIOException _ -> 2;
      case DirectoryIteratorException _ -> 2;
      default -> throw failure;
    };
  }

  private static List<String> sentences(Throwable failure) {
    return switch (failure) {
      case InvalidPathException unnamed -> List.of(unnamed(unnamed.getInput()));
      case OutputException unwritten -> unwritten.sentences();
      // Without words of its own, its message is its cause in Java's notation.
      case UncheckedIOException wrapper
          when wrapper.getCause().toString().equals(wrapper.getMessage()) ->
          sentences(wrapper.getCause());
      case DirectoryIteratorException wrapper -> sentences(wrapper.getCause());
      case AccessDeniedException e -> List.of(e.getFile() + ": permission denied.");
      case NoSuchFileException e -> List.of(e.getFile() + " does not exist.");
      case FileSystemException e ->
          List.of(
              "%s: %s."
                  .formatted(e.getFile(), Objects.requireNonNullElse(e.getReason(), e.toString())));
      default -> List.of(Objects.requireNonNullElse(failure.getMessage(), failure.toString()));
    };
  }

  /**
   * Returns a sentence for a path that Java cannot represent. Java names files in the encoding of
   * the locale, which the start script sets to UTF-8.
   */
  private static String unnamed(String path) {
    return path.chars().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
        ? path + " is not a name in UTF-8: rename the file, or make a link to it."
        : path + " cannot be named under this locale: set LC_ALL=C.UTF-8.";
  }
}
