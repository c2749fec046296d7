package org.onemalloc.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.collect.Gathering;
import org.onemalloc.inspect.Inspector;
import org.onemalloc.inspect.report.InspectionReport;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.Outputs;
import org.onemalloc.text.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Show what allocates with which allocator, and what can go wrong. Nothing is run.",
    footer = {
      "",
      "For example: onemalloc inspect /usr/lib/jvm/default-java app/lib/*.jar",
      "             onemalloc inspect --allocator jemalloc bin/server --fail-on danger",
      "             onemalloc inspect 4711",
      "             onemalloc inspect --expect mimalloc 1",
      "Several paths belong together: the first program or Java image is the host of the others.",
      "Exit codes: 0 inspected, 1 a hazard of --fail-on or worse, or not as --expect says, 2 nothing"
          + " was inspected."
    })
final class InspectCommand implements Callable<Integer> {
  private static final Pattern PID = Pattern.compile("\\d{1,10}");

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR|PID",
      description =
          "A program, a library (a static one too), a Java image, a directory, a jar, or a process"
              + " id.")
  private List<String> subjects;

  @Option(
      names = "--preload",
      paramLabel = "LIB",
      description = "Predict with this library preloaded.")
  private List<Path> preloads = new ArrayList<>();

  @Option(
      names = {"-a", "--allocator"},
      paramLabel = "NAME|PATH",
      description = "Predict with this allocator preloaded.")
  private String allocator;

  @Option(names = "--attach", description = "Also ask a JVM, through jcmd, which runs code in it.")
  private boolean attach;

  @Option(names = "--report", paramLabel = "F.html", description = "Write an HTML page.")
  private Path report;

  @Option(names = "--json", paramLabel = "F.json|-", description = "Write JSON; - is the output.")
  private String json;

  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      description = "Exit with 1 if there is a hazard of this severity: note, warning, danger.")
  private String failOn;

  @Option(
      names = "--expect",
      paramLabel = "NAME|PATH",
      description =
          "Exit with 1 if the process is not proven to run on it: system, mimalloc, jemalloc,"
              + " tcmalloc, snmalloc, or the path of the library. For readiness probes and CI.")
  private String expected;

  @Option(
      names = {"-v", "--verbose"},
      description = "Show every module and every call, not only the notable ones.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Severity threshold = failOn == null ? null : severity(failOn);
    boolean toOutput = "-".equals(json);
    Path samples = json == null || toOutput ? null : Path.of(json);
    try (Outputs outputs = new Outputs()) {
      AtomicFile pageFile = outputs.open(report);
      AtomicFile jsonFile = outputs.open(samples);
      Inspection inspection = inspection();
      Optional<String> doubt = doubt(inspection);
      InspectionReport found = new InspectionReport(inspection, Version.number());
      print(found, toOutput);
      if (outputs.write(pageFile, found::page)) {
        say("The page: ", report);
      }
      if (outputs.write(jsonFile, found::json)) {
        say("The JSON: ", samples);
      }
      outputs.finish();
      boolean fails =
          threshold != null
              && inspection.hazards().stream()
                  .anyMatch(h -> h.severity().compareTo(threshold) >= 0);
      doubt.ifPresent(
          why -> spec.commandLine().getErr().println(Text.escaped("onemalloc: " + why)));
      return fails || doubt.isPresent() ? 1 : 0;
    }
  }

  /**
   * Returns why the process is not as expected: {@code collect} judges its JSON by the same rule.
   */
  private Optional<String> doubt(Inspection inspection) throws IOException {
    if (expected == null) {
      return Optional.empty();
    }
    if (expected.isBlank() || inspection.live().isEmpty()) {
      throw new UsageException("--expect takes the name of an allocator, and a process id.");
    }
    StringBuilder text = new StringBuilder();
    new InspectionReport(inspection, Version.number()).json(text);
    return Gathering.doubt(text.toString(), expected);
  }

  private void print(InspectionReport found, boolean json) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      found.json(out);
    } else {
      out.print(found.text(Terminal.hasColours(), verbose));
    }
    out.flush();
  }

  private void say(String what, Path file) {
    String place = Text.escaped(file.toAbsolutePath().normalize().toString());
    spec.commandLine().getErr().println(what + place);
  }

  private Inspection inspection() throws IOException {
    boolean process = subjects.stream().anyMatch(InspectCommand::isPid);
    if (!process) {
      if (attach) {
        throw new UsageException("--attach is for a process: give a process id.");
      }
      return Inspector.predict(
          new Inspector.Request(subjects.stream().map(Path::of).toList(), preloads()));
    }
    if (subjects.size() > 1) {
      throw new UsageException(
          "A process is inspected alone: give one process id (./N is a file).");
    }
    if (!preloads.isEmpty() || allocator != null) {
      throw new UsageException(
          "--preload and --allocator are for predictions, not for a process: name the"
              + " program's file.");
    }
    return Inspector.observe(Long.parseLong(subjects.getFirst()), attach);
  }

  private static boolean isPid(String subject) {
    return PID.matcher(subject).matches();
  }

  private List<Path> preloads() {
    List<Path> all = new ArrayList<>();
    for (Path library : preloads) {
      all.add(existing("--preload", library));
    }
    if (allocator != null && allocator.indexOf('/') >= 0) {
      all.add(existing("--allocator", Path.of(allocator))); // not loaded, as that runs its code
    } else if (allocator != null) {
      Allocator chosen = Allocators.ofThisMachine().find(allocator);
      if (!chosen.isSystem() && chosen.library().isEmpty()) {
        throw new UsageException(
            "--allocator: there is no library of " + allocator + " on this machine.");
      }
      chosen.library().ifPresent(all::add);
    }
    return all;
  }

  private static Path existing(String option, Path library) {
    if (!Files.isRegularFile(library)) {
      throw new UsageException(option + ": there is no file " + library + ".");
    }
    return library;
  }

  private static Severity severity(String word) {
    for (Severity severity : Severity.values()) {
      if (severity.name().toLowerCase(Locale.ROOT).equals(word)) {
        return severity;
      }
    }
    throw new UsageException(
        "--fail-on " + word + " is not a severity: it must be note, warning or danger.");
  }
}
