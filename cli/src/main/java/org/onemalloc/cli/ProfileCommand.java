package org.onemalloc.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.onemalloc.profile.Difference;
import org.onemalloc.profile.Profile;
import org.onemalloc.profile.Profiler;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.Outputs;
import org.onemalloc.text.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc profile}. */
@Command(
    name = "profile",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Show what allocates native memory in a Java program, by library and package.",
    footer = {
      "",
      "For example: onemalloc profile -- java -jar app.jar",
      "             onemalloc profile --seconds 30 4711",
      "             onemalloc profile --save before.prof -- java -jar app.jar",
      "             onemalloc profile --diff before.prof after.prof",
      "Exit codes: that of the command; 2 if it could not be profiled, a file that --save wrote"
          + " could not be read, or an output could not be written."
    })
final class ProfileCommand implements Callable<Integer> {
  private static final long DEFAULT_EVERY = 64 << 10;
  private static final int DEFAULT_SECONDS = 30;

  @Option(
      names = "--report",
      paramLabel = "F.html",
      description =
          "The page with the flame graphs (default: onemalloc-profile.html, and"
              + " onemalloc-profile-diff.html of --diff).")
  private Path report;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Also write the profile to a file that --diff reads.")
  private Path save;

  @Option(
      names = "--diff",
      arity = "2",
      paramLabel = "FILE",
      description = "Compare two files that --save wrote, the earlier one first.")
  private List<String> diff = List.of();

  @Option(
      names = "--json",
      paramLabel = "F.json",
      description = "Write the figures of --diff as JSON.")
  private Path json;

  @Option(
      names = "--every",
      paramLabel = "BYTES",
      description =
          "Record one block for every BYTES bytes allocated; 1 records all blocks"
              + " (default: 65536).")
  private Long every;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long to record a running process (default: 30).")
  private Integer seconds;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND|PID",
      description = "The program and its arguments, or the process id of a running JVM.")
  private List<String> subject = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws OutputException {
    if (!diff.isEmpty()) {
      compare();
      return 0;
    }
    if (subject.isEmpty()) {
      throw new UsageException("Name a command, the process id of a JVM, or --diff and two files.");
    }
    if (json != null) {
      throw new UsageException("--json writes the figures of --diff: omit it, or name two files.");
    }
    if (every() < 1 || seconds() < 1) {
      throw new UsageException("--every and --seconds must be at least 1.");
    }
    try (Outputs outputs = new Outputs()) {
      report = report == null ? Path.of("onemalloc-profile.html") : report;
      AtomicFile page = outputs.open(report);
      AtomicFile saved = outputs.open(save);
      int exitCode = profile(profile -> show(profile, outputs, page, saved));
      outputs.finish();
      return exitCode;
    }
  }

  private long every() {
    return every == null ? DEFAULT_EVERY : every;
  }

  private int seconds() {
    return seconds == null ? DEFAULT_SECONDS : seconds;
  }

  private int profile(Consumer<Profile> show) {
    if (subject.size() > 1 || !subject.getFirst().matches("[0-9]{1,18}")) {
      return Profiler.run(subject, every(), show);
    }
    long pid = Long.parseLong(subject.getFirst());
    Profiler.attach(pid, Duration.ofSeconds(seconds()), every(), show);
    return 0;
  }

  private void compare() throws OutputException {
    if (diff.size() != 2 || !subject.isEmpty()) {
      throw new UsageException(
          "--diff needs exactly two files, which --save wrote, and no command.");
    }
    if (save != null || every != null || seconds != null) {
      throw new UsageException("--diff records nothing: omit --save, --every and --seconds.");
    }
    Difference difference = Difference.of(Path.of(diff.getFirst()), Path.of(diff.getLast()));
    try (Outputs outputs = new Outputs()) {
      report = report == null ? Path.of("onemalloc-profile-diff.html") : report;
      diff.forEach(input -> outputs.keep(Path.of(input)));
      AtomicFile page = outputs.open(report);
      AtomicFile figures = outputs.open(json);
      PrintWriter out = spec.commandLine().getOut();
      out.print(difference.table());
      out.flush();
      outputs.write(figures, difference::json);
      if (outputs.write(page, text -> text.append(difference.page()))) {
        tell("The flame graphs are in " + Text.escaped(report.toString()) + ".");
      }
      outputs.finish();
    }
  }

  private void show(Profile profile, Outputs outputs, AtomicFile page, AtomicFile saved) {
    PrintWriter err = spec.commandLine().getErr();
    err.print("\n" + profile.table());
    err.flush();
    if (outputs.write(page, out -> out.append(profile.page()))) {
      tell("The flame graphs are in " + Text.escaped(report.toString()) + ".");
    }
    if (outputs.write(saved, profile::save)) {
      tell("The profile is in " + Text.escaped(save.toString()) + ".");
    }
  }

  private void tell(String sentence) {
    spec.commandLine().getErr().println(sentence);
  }
}
