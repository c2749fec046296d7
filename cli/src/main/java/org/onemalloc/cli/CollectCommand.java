package org.onemalloc.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.onemalloc.collect.Gathering;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc collect}. */
@Command(
    name = "collect",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Put the evidence of many machines into one table: who runs on which allocator, who does"
            + " not, and how memory spreads.",
    footer = {
      "",
      "For example: onemalloc collect --expect jemalloc --role executor evidence.jsonl",
      "             onemalloc collect node-*.json",
      "Exit codes: 0 collected, 1 a process is not proven to run on the allocator of --expect, 2 a"
          + " file is no evidence."
    })
final class CollectCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "What the Spark plugin, inspect --json of a process, or compare --json has written.")
  private List<Path> files;

  @Option(
      names = "--expect",
      paramLabel = "NAME|PATH",
      description =
          "Exit with 1 if a process is not proven to run on it: system, mimalloc, jemalloc,"
              + " tcmalloc, snmalloc, or the path of the library.")
  private String expected;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      description = "Only processes in this role: executor, driver, process.")
  private String role;

  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Gathering gathering = Gathering.of(files, given("--role", role), given("--expect", expected));
    if (json) {
      gathering.json(spec.commandLine().getOut());
    } else {
      spec.commandLine().getOut().print(gathering.text());
    }
    spec.commandLine().getOut().flush();
    return gathering.asExpected() ? 0 : 1;
  }

  /**
   * Returns the value of an option, or nothing without it. An empty value, of a variable that is
   * not set, would check nothing.
   */
  private static String given(String option, String value) {
    if (value != null && value.isBlank()) {
      throw new UsageException(option + " is empty.");
    }
    return value == null ? "" : value;
  }
}
