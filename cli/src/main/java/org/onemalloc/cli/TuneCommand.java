package org.onemalloc.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.onemalloc.compare.Comparer;
import org.onemalloc.compare.Engine;
import org.onemalloc.compare.report.TuneReport;
import org.onemalloc.compare.tune.Budget;
import org.onemalloc.compare.tune.Constraint;
import org.onemalloc.compare.tune.TuneRequest;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.Tuner;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.Outputs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc tune}. */
@Command(
    name = "tune",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Find the settings of allocators that suit a program best, by a race.",
    footer = {
      "",
      "Each round runs every candidate once: the defaults of each allocator, its server profile, and"
          + " some ten combinations of settings. Candidates that are shown to be worse drop out. Then"
          + " the best run again, for figures that were not used to choose.",
      "",
      "FIGURE is idle, peak, mean, end, cpu, wall, or the name of a figure that the load of a server"
          + " reports, such as p99. Each run is kept in the state file: after Ctrl-C the same command"
          + " goes on.",
      "",
      "For example: onemalloc tune --least idle --within cpu+2%% --profile app.profile"
          + " -- java -jar app.jar",
      "             onemalloc run -a jemalloc+app.profile -- java -jar app.jar"
    })
final class TuneCommand implements Callable<Integer> {
  private static final String STATE = "onemalloc-tune.state";

  private static final double MOST_MINUTES = 30 * 24 * 60;

  @Option(
      names = {"-a", "--allocators"},
      paramLabel = "A,B,…",
      hideParamSyntax = true,
      split = ",",
      description =
          "The allocators (default: system,mimalloc,jemalloc). The first one's defaults are the"
              + " baseline.")
  private List<String> allocators = new ArrayList<>();

  @Option(
      names = "--least",
      paramLabel = "FIGURE",
      defaultValue = "peak",
      description = "What is to be as low as possible (default: peak).")
  private String least;

  @Option(
      names = "--within",
      paramLabel = "FIGURE+N%",
      description = "What may become worse than the baseline, and by how many per cent.")
  private List<String> within = new ArrayList<>();

  @Option(
      names = {"-n", "--runs"},
      paramLabel = "N",
      description = "At most N runs in all (default: six of each candidate, and the fresh ones).")
  private Integer runs;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description = "At most M minutes of runs, instead of --runs.")
  private Double minutes;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "Keep the runs in this file (default: the name of the profile with .state, or"
              + " onemalloc-tune.state).")
  private Path state;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Write the settings that were found, for -a NAME+FILE and link --profile.")
  private Path profile;

  @Option(names = "--report", paramLabel = "F.html", description = "Write an HTML page.")
  private Path report;

  @Option(names = "--json", paramLabel = "F.json", description = "Write all runs as JSON.")
  private Path json;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "Run the program as this user, with setpriv(1); needs root.")
  private String user;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The seed of the order of the candidates within each round.")
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

  @Mixin private ServerOptions server;

  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "The program, its arguments.")
  private List<String> command = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws OutputException {
    TuneRequest request = request();
    try (LastWords last = LastWords.to(spec.commandLine().getOut());
        Outputs outputs = new Outputs()) {
      outputs.keep(stateFile());
      AtomicFile settings = outputs.open(profile);
      AtomicFile page = outputs.open(report);
      AtomicFile samples = outputs.open(json);
      try (Tuner tuner = new Tuner(request)) {
        last.interrupting(tuner::interrupt);
        TuneLines lines = new TuneLines(spec.commandLine().getErr());
        TuneResult result = tuner.tune(lines);
        lines.done();
        TuneReport found = new TuneReport(result, Optional.ofNullable(profile));
        last.print(found.table(Terminal.hasColours()));
        if (found.hasProfile() && outputs.write(settings, found::profile)) {
          last.wrote("The profile", profile);
        }
        if (outputs.write(page, found::page)) {
          last.wrote("The page", report);
        }
        if (outputs.write(samples, found::json)) {
          last.wrote("The runs", json);
        }
        outputs.finish();
        return found.sound() ? 0 : 1;
      }
    }
  }

  private TuneRequest request() {
    List<String> words = server.command(command);
    if (Double.isNaN(idle)) {
      throw new UsageException("--idle must be from 0 to a day.");
    }
    Comparer.Request measured =
        new Comparer.Request(
            ChangedCommand.asUser(user, words.isEmpty() ? Example.command() : words),
            List.of(),
            Map.of(),
            1,
            false,
            Optional.ofNullable(seed).orElseGet(() -> System.nanoTime() & 0x7fff_ffffL),
            Duration.ofMillis(interval),
            Duration.ofMillis((long) (idle * 1000)),
            false,
            server.load(),
            Engine.NONE,
            Optional.empty(),
            reproduce(),
            Version.number());
    return new TuneRequest(
        measured,
        allocators,
        least,
        within.stream().map(Constraint::parse).toList(),
        budget(),
        stateFile());
  }

  private Budget budget() {
    if (runs != null && minutes != null) {
      throw new UsageException("--runs and --minutes are two budgets: give one of them.");
    }
    if (runs != null) {
      if (runs < 1) {
        throw new UsageException("--runs must be at least 1, not " + runs + ".");
      }
      return new Budget.Runs(runs);
    }
    if (minutes == null) {
      return new Budget.Usual();
    }
    if (!(minutes > 0 && minutes <= MOST_MINUTES)) { // negated, so that NaN is refused
      throw new UsageException("--minutes must be above 0 and at most 43200, a month.");
    }
    return new Budget.Time(Duration.ofMillis((long) (minutes * 60_000)));
  }

  private Path stateFile() {
    if (state != null) {
      return state;
    }
    if (profile == null || profile.getFileName() == null) {
      return Path.of(STATE);
    }
    return profile.resolveSibling(profile.getFileName() + ".state");
  }

  private List<String> reproduce() {
    List<String> words = new ArrayList<>(List.of("onemalloc")); // the next word is tune
    words.addAll(spec.commandLine().getParseResult().originalArgs());
    return words;
  }
}
