package org.onemalloc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.onemalloc.compare.Comparer;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Engine;
import org.onemalloc.compare.report.Report;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.Outputs;
import org.onemalloc.text.Owners;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc compare}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Run a program under several allocators and show what each one costs.",
    footer = {
      "",
      "Without a command it runs a built-in example, a service with native parts, for two to three"
          + " minutes. The program gets no standard input, and its output is not shown.",
      "",
      "Variants: system, system+trim (a JVM returns glibc's free memory every second), system+arenas"
          + " (one glibc arena), shipped (the unchanged program with its own allocator), NAME,"
          + " NAME+tuned, NAME+FILE (the settings that tune wrote), a path. The first one is the baseline. LABEL=VARIANT gives one a name of"
          + " its own, for --env.",
      "",
      "A program can mark phases: append a name as a line to the file $ONEMALLOC_PHASES; the memory"
          + " at the marks \"end\" and \"idle\" has columns of its own.",
      "",
      "A server: with --load, the command is started, used by the load until that ends, and stopped,"
          + " in each run; only the server is preloaded and measured. Figures of well-known load"
          + " generators are recognised. The load can append lines NAME VALUE [UNIT] to the file"
          + " $ONEMALLOC_FIGURES; $ONEMALLOC_VARIANT names the variant.",
      "",
      "For example: onemalloc compare -- java -jar app.jar",
      "             onemalloc compare --server 'redis-server --port 7777'"
          + " --ready tcp:127.0.0.1:7777 --load 'redis-benchmark -p 7777 -q'"
    })
final class CompareCommand implements Callable<Integer> {
  private static final int EXAMPLE_RUNS = 3;
  private static final int USUAL_RUNS = 5;

  @Option(
      names = {"-a", "--allocators"},
      paramLabel = "A,B,…",
      hideParamSyntax = true,
      split = ",",
      description = "The variants (default: the usual ones for this program).")
  private List<String> allocators = new ArrayList<>();

  @Option(
      names = "--env",
      paramLabel = "VARIANT:NAME=VALUE",
      description = "An environment variable of one variant.")
  private List<String> environments = new ArrayList<>();

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "Run the program as this user, with setpriv(1); needs root.")
  private String user;

  @Option(
      names = {"-n", "--runs"},
      paramLabel = "N",
      description =
          "At most N counted runs of each variant (default: 5; 3 for the built-in example). The"
              + " comparison ends earlier if every verdict is decided.")
  private Integer runs;

  @Option(
      names = "--all-runs",
      description = "Do not end before the last run, even if every" + " verdict is decided.")
  private boolean allRuns;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The seed of the order of the variants within each round.")
  private Long seed;

  @Option(
      names = "--interval",
      paramLabel = "MS",
      defaultValue = "100",
      description = "Milliseconds between two samples of memory (default: 100).")
  private long interval;

  @Option(
      names = "--idle",
      paramLabel = "S",
      defaultValue = "0",
      description = "Record the program's memory once it has been idle for S seconds, then end it.")
  private double idle;

  @Option(
      names = "--statistics",
      description = "Ask each allocator to print its own figures on stderr when the program exits.")
  private boolean statistics;

  @Mixin private ServerOptions server;

  @Option(
      names = "--engine",
      paramLabel = "spark",
      description =
          "The command submits an application with spark-submit: the executors get the variant too,"
              + " and prove it through the plugin onemalloc-spark.")
  private String engine;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Keep what each run prints in this directory, which must be new or empty.")
  private Path output;

  @Option(names = "--report", paramLabel = "F.html", description = "Write an HTML page.")
  private Path report;

  @Option(names = "--json", paramLabel = "F.json", description = "Write all samples as JSON.")
  private Path json;

  @Option(names = "--markdown", paramLabel = "F.md", description = "Write a table of Markdown.")
  private Path markdown;

  @Option(names = "--csv", paramLabel = "F.csv", description = "Write every figure as CSV.")
  private Path csv;

  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "The program, its arguments.")
  private List<String> command = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws OutputException {
    try (LastWords last = LastWords.to(spec.commandLine().getOut());
        Outputs outputs = new Outputs()) {
      AtomicFile page = outputs.open(report);
      AtomicFile samples = outputs.open(json);
      AtomicFile table = outputs.open(markdown);
      AtomicFile lines = outputs.open(csv);
      try (Comparer comparer = new Comparer(request())) {
        last.interrupting(comparer::interrupt);
        Comparison comparison = comparer.compare(new CompareProgress(spec.commandLine().getErr()));
        Report judged = Report.of(comparison);
        last.print(judged.table(Terminal.hasColours()));
        if (outputs.write(page, judged::page)) {
          last.wrote("The page", report);
        }
        if (outputs.write(samples, judged::json)) {
          last.wrote("The samples", json);
        }
        if (outputs.write(table, judged::markdown)) {
          last.wrote("The table", markdown);
        }
        if (outputs.write(lines, judged::csv)) {
          last.wrote("The figures", csv);
        }
        outputs.finish();
        return judged.sound() ? 0 : 1;
      }
    }
  }

  private Comparer.Request request() {
    List<String> words = server.command(command);
    boolean example = words.isEmpty();
    if (Double.isNaN(idle)) {
      throw new UsageException("--idle must be from 0 to a day.");
    }
    return new Comparer.Request(
        ChangedCommand.asUser(user, example ? Example.command() : words),
        allocators,
        ChangedCommand.environments(environments),
        Optional.ofNullable(runs).orElse(example ? EXAMPLE_RUNS : USUAL_RUNS),
        !allRuns,
        Optional.ofNullable(seed).orElseGet(() -> System.nanoTime() & 0x7fff_ffffL),
        Duration.ofMillis(interval),
        Duration.ofMillis((long) (idle * 1000)),
        statistics || example,
        server.load(),
        engine(),
        Optional.ofNullable(output).map(CompareCommand::newDirectory),
        reproduce(),
        Version.number());
  }

  private Engine engine() {
    if (engine == null) {
      return Engine.NONE;
    }
    if (!engine.equals("spark")) {
      throw new UsageException("--engine " + engine + " is not known: it must be spark.");
    }
    if (user != null) {
      throw new UsageException("--engine is not for --user: run compare as that user.");
    }
    return Engine.SPARK;
  }

  /** Creates a directory of this user, or takes an empty one. */
  private static Path newDirectory(Path directory) {
    try {
      Files.createDirectories(directory);
      String others = Owners.ofThisProcess().writable(directory);
      if (!others.isEmpty()) {
        throw new UsageException("--output " + directory + " is not used: " + others + ".");
      }
      try (Stream<Path> files = Files.list(directory)) {
        if (files.findAny().isPresent()) {
          throw new UsageException(
              "--output " + directory + " is not empty: name a new directory.");
        }
      }
    } catch (IOException e) {
      throw new UsageException(
          "--output " + directory + " cannot be made: " + e.getMessage() + ".");
    }
    return directory;
  }

  private List<String> reproduce() {
    List<String> words = new ArrayList<>(List.of("onemalloc")); // the next word is compare
    words.addAll(spec.commandLine().getParseResult().originalArgs());
    return words;
  }
}
