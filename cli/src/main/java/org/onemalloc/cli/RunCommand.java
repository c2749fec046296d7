package org.onemalloc.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.onemalloc.compare.Runner;
import org.onemalloc.text.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Run a program on another allocator, proven before it starts.",
    footer = {
      "",
      "This process becomes the program: same pid, signals and exit code.",
      "For example: onemalloc run -- java -jar app.jar"
    })
final class RunCommand implements Callable<Integer> {
  @Option(
      names = {"-a", "--allocator"},
      paramLabel = "NAME|PATH",
      defaultValue = "mimalloc+tuned",
      description =
          "The allocator; NAME+tuned adds its server profile, NAME+FILE the settings in a file that"
              + " tune wrote (default: mimalloc+tuned).")
  private String allocator;

  @Option(
      names = "--best-effort",
      description = "Warn and continue if the allocator is not available or not proven.")
  private boolean bestEffort;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print what was proven.")
  private boolean verbose;

  @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "The program, its arguments.")
  private List<String> command;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Runner.run(
        allocator,
        command,
        bestEffort,
        sentence -> {
          if (verbose) {
            err.println("onemalloc: " + Text.escaped(sentence));
          }
        },
        sentence -> err.println("onemalloc: warning: " + Text.escaped(sentence)));
    throw new IllegalStateException("the process was not replaced");
  }
}
