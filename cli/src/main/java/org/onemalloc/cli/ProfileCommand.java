package org.onemalloc.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.onemalloc.profile.Profile;
import org.onemalloc.profile.Profiler;
import org.onemalloc.text.AtomicFile;
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
    description = "Who allocates native memory in a Java program: by library and Java package.",
    footer = {
      "",
      "For example: onemalloc profile -- java -jar app.jar",
      "             onemalloc profile --seconds 30 4711",
      "A command's own exit code is passed on; 2 means it could not be profiled."
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
      description = "Record one block for so many bytes allocated; 1 for all (default: 65536).")
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
      description = "The program and its arguments, or the process of a running JVM.")
  private List<String> subject;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (every < 1 || seconds < 1) {
      throw new UsageException("--every and --seconds are at least 1.");
    }
    if (!Files.isDirectory(report.toAbsolutePath().getParent()) || Files.isDirectory(report)) {
      throw new UsageException(
          report + " cannot be written: name a file in a directory that is there.");
    }
    if (subject.size() == 1 && subject.getFirst().matches("[0-9]{1,18}")) {
      long pid = Long.parseLong(subject.getFirst());
      show(Profiler.attach(pid, Duration.ofSeconds(seconds), every));
      return 0;
    }
    return Profiler.run(subject, every, this::show);
  }

  private void show(Profile profile) {
    try {
      AtomicFile.write(report, out -> out.append(profile.page()));
    } catch (IOException e) {
      throw new UncheckedIOException(new IOException(report + " cannot be written: " + e + ".", e));
    }
    spec.commandLine().getErr().print("\n" + profile.table());
    spec.commandLine().getErr().println("The flame graphs are in " + report + ".");
    spec.commandLine().getErr().flush();
  }
}
