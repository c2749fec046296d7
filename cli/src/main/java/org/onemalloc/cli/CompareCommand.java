package org.onemalloc.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.onemalloc.compare.Comparer;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.report.Report;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.Outputs;
import org.onemalloc.text.Text;
import picocli.CommandLine.Command;
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
          + " NAME+tuned, a path. The first one is the baseline.",
      "",
      "A program can mark phases: append a name as a line to the file $ONEMALLOC_PHASES; the memory"
          + " at the marks \"end\" and \"idle\" has columns of its own.",
      "",
      "For example: onemalloc compare -- java -jar app.jar"
    })
final class CompareCommand implements Callable<Integer> {
  private static final int EXAMPLE_RUNS = 3;
  private static final int USUAL_RUNS = 5;

  /** The time that the process waits for the table after Ctrl-C. */
  private static final long LAST_WORDS_SECONDS = 10;

  @Option(
      names = {"-a", "--allocators"},
      paramLabel = "A,B,…",
      hideParamSyntax = true,
      split = ",",
      description = "The variants (default: the usual ones for this program).")
  private List<String> allocators = new ArrayList<>();

  @Option(
      names = {"-n", "--runs"},
      paramLabel = "N",
      description =
          "Maximum of counted runs per variant (default: 5; 3 for the built-in example). It ends"
              + " earlier once every verdict is decided.")
  private Integer runs;

  @Option(names = "--all-runs", description = "Do not end before the last run.")
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

  @Option(names = "--report", paramLabel = "F.html", description = "Write an HTML page.")
  private Path report;

  @Option(names = "--json", paramLabel = "F.json", description = "Write all samples.")
  private Path json;

  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "The program, its arguments.")
  private List<String> command = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws OutputException {
    CountDownLatch said = new CountDownLatch(1);
    try (Outputs outputs = new Outputs()) {
      AtomicFile page = outputs.open(report);
      AtomicFile samples = outputs.open(json);
      try (Comparer comparer = new Comparer(request())) {
        Thread last = new Thread(() -> stop(comparer, said), "onemalloc-interrupted");
        Runtime.getRuntime().addShutdownHook(last);
        Comparison comparison = comparer.compare(new CompareProgress(spec.commandLine().getErr()));
        Report judged = Report.of(comparison);
        print(judged.table(Terminal.hasColours()));
        if (outputs.write(page, judged::page)) {
          print("The page: " + place(report) + "\n");
        }
        if (outputs.write(samples, judged::json)) {
          print("The samples: " + place(json) + "\n");
        }
        outputs.finish();
        return judged.sound() ? 0 : 1;
      }
    } finally {
      said.countDown();
    }
  }

  private void print(String text) {
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
  }

  private static String place(Path file) {
    return Text.escaped(file.toAbsolutePath().normalize().toString());
  }

  /** Handles Ctrl-C: ends the current run and waits until the results are printed. */
  private static void stop(Comparer comparer, CountDownLatch said) {
    if (said.getCount() == 0) {
      return;
    }
    comparer.interrupt();
    try {
      boolean _ = said.await(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Comparer.Request request() {
    boolean example = command.isEmpty();
    return new Comparer.Request(
        example ? Example.command() : command,
        allocators,
        Optional.ofNullable(runs).orElse(example ? EXAMPLE_RUNS : USUAL_RUNS),
        !allRuns,
        Optional.ofNullable(seed).orElseGet(() -> System.nanoTime() & 0x7fff_ffffL),
        Duration.ofMillis(interval),
        Duration.ofMillis((long) (idle * 1000)),
        statistics || example,
        reproduce(),
        Version.number());
  }

  private List<String> reproduce() {
    List<String> words = new ArrayList<>(List.of("onemalloc", "compare"));
    words.addAll(spec.commandLine().getParseResult().originalArgs());
    return words;
  }
}
