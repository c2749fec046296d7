package org.onemalloc.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
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
      "Exit codes: that of the command; 2 if it could not be profiled or the page could not be"
          + " written."
    })
final class ProfileCommand implements Callable<Integer> {
  private static final long DEFAULT_EVERY = 64 << 10;

  @Option(
      names = "--report",
      paramLabel = "F.html",
      defaultValue = "onemalloc-profile.html",
      description = "The page with the flame graphs (default: onemalloc-profile.html).")
  private Path report;

  @Option(
      names = "--every",
      paramLabel = "BYTES",
      description =
          "Record one block for every BYTES bytes allocated; 1 records all blocks"
              + " (default: 65536).")
  private long every = DEFAULT_EVERY;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "30",
      description = "How long to record a running process (default: 30).")
  private int seconds;

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND|PID",
      description = "The program and its arguments, or the process id of a running JVM.")
  private List<String> subject;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws OutputException {
    if (every < 1 || seconds < 1) {
      throw new UsageException("--every and --seconds must be at least 1.");
    }
    try (Outputs outputs = new Outputs()) {
      AtomicFile page = outputs.open(report);
      int exitCode = profile(profile -> show(profile, outputs, page));
      outputs.finish();
      return exitCode;
    }
  }

  private int profile(Consumer<Profile> show) {
    if (subject.size() > 1 || !subject.getFirst().matches("[0-9]{1,18}")) {
      return Profiler.run(subject, every, show);
    }
    long pid = Long.parseLong(subject.getFirst());
    Profiler.attach(pid, Duration.ofSeconds(seconds), every, show);
    return 0;
  }

  private void show(Profile profile, Outputs outputs, AtomicFile page) {
    PrintWriter err = spec.commandLine().getErr();
    err.print("\n" + profile.table());
    err.flush();
    if (outputs.write(page, out -> out.append(profile.page()))) {
      err.println("The flame graphs are in " + Text.escaped(report.toString()) + ".");
    }
  }
}
